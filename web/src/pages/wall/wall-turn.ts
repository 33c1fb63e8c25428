import type { Alert } from "@banksman/wire/api";

/** What a wall shows in turn. */
export type WallView = "fleet" | "cooling";

/** How long each stays. */
export const TURN_MS = 25_000;
/** A minute moves the picture by two pixels, so that no sign burns into a panel. */
const SHIFT_PX = 2;
const SHIFTS: readonly (readonly [x: number, y: number])[] = [
  [0, 0],
  [SHIFT_PX, 0],
  [SHIFT_PX, SHIFT_PX],
  [0, SHIFT_PX],
];

/** Which view it is the turn of, by the wall clock: two screens side by side show the same. */
export function viewAt(views: readonly WallView[], nowMs: number): WallView {
  return views[Math.floor(nowMs / TURN_MS) % Math.max(1, views.length)] ?? "fleet";
}

/** How far the picture is moved in this minute. */
export const shiftAt = (nowMs: number): readonly [x: number, y: number] =>
  SHIFTS[Math.floor(nowMs / 60_000) % SHIFTS.length] ?? [0, 0];

/** A page that runs for weeks starts anew once a day, at a minute of its own so that walls don't all ask at once. */
const RESTART_MS = 24 * 3_600_000;

/** Whether a page that was started at `startedMs` starts anew: when it has run for a day, and the server answers. */
export const isDue = (startedMs: number, nowMs: number, answers: boolean): boolean =>
  answers && nowMs - startedMs > RESTART_MS;

/** An urgent alert that nobody took holds the wall for so long from its beginning. */
const TAKEOVER_MS = 10 * 60_000;

/** The urgent alerts that take the right half of the wall, whatever its turn is. */
export const takingOver = <A extends Pick<Alert, "level" | "state" | "since" | "suppressed">>(
  alerts: readonly A[],
  nowMs: number,
): A[] =>
  alerts.filter(
    ({ level, state, since, suppressed }) =>
      level === "urgent" && state === "firing" && suppressed === null && nowMs - Date.parse(since) < TAKEOVER_MS,
  );
