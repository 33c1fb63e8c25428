/** Widths that divide an hour or are whole hours, so that buckets fall on round times. */
const WIDTHS = [30, 60, 120, 300, 600, 900, 1_200, 1_800, 3_600, 7_200, 14_400];
const MAX_POINTS = 1_000;

/**
 * The narrowest bucket that keeps `hours` below 1,000 points and is at least twice the readings' own interval, so
 * that a sweep which comes a moment late leaves no false gap.
 */
export function bucketSeconds(hours: number, intervalSeconds: number): number {
  const narrowest = Math.max((hours * 3_600) / (MAX_POINTS - 1), 2 * intervalSeconds);
  return WIDTHS.find((width) => width >= narrowest) ?? 14_400;
}

/** Start times of the buckets that cover the `hours` before `nowMs`, oldest first. */
export function bucketStarts(nowMs: number, hours: number, widthSeconds: number): number[] {
  const width = widthSeconds * 1_000;
  const first = Math.ceil((nowMs - hours * 3_600_000) / width) * width;
  const count = Math.floor((nowMs - first) / width) + 1;
  return Array.from({ length: count }, (_, index) => first + index * width);
}
