import type { Model } from "./models.ts";
import type { Noise } from "./noise.ts";

/** What befalls a miner beyond its daily noise. */
export type Fate = "steady" | "asleep" | "dark_board" | "restless";

export type PoolRow = { url: string; user: string; pass: string };

/** What was set by orders. */
export type Settings = {
  mode: "low" | "normal" | "high" | "sleep";
  /** As they were set; null = as the site set them up. */
  pools: readonly PoolRow[] | null;
  ledOn: boolean;
  /** W; null = none was set. */
  powerLimit: number | null;
};

export const defaultSettings = (fate: Fate): Settings => ({
  mode: fate === "asleep" ? "sleep" : "normal",
  pools: null,
  ledOn: false,
  powerLimit: null,
});

/** What orders have made of a miner: `startedAt` in ms is its last ordered start. */
export type Ordered = { settings: Settings; startedAt: number | null; startingS: number; difficulty: number };

export type BoardState = {
  slot: number;
  dead: boolean;
  /** GH/s: now, over the run, and rated. */
  now: number;
  average: number;
  rated: number;
  chips: number;
  hardwareErrors: number;
  mhz: number;
  /** °C: the board's own, and chips at inlet and outlet. */
  board: number;
  inlet: number;
  outlet: number;
};

export type MinerState = {
  /** Seconds since the last start. */
  uptime: number;
  asleep: boolean;
  /** Started moments ago: nothing hashes yet. */
  starting: boolean;
  /** GH/s, the sums of the boards. */
  now: number;
  average: number;
  rated: number;
  boards: BoardState[];
  fans: number[];
  watts: number;
  ambient: number;
  accepted: number;
  rejected: number;
  stale: number;
  hardwareErrors: number;
  /** Difficulty of the pool's shares. */
  difficulty: number;
  settings: Settings;
};

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;
const STARTING_S = 120;
const RAMP_S = 300;
/** Hashrate of each mode as a part of the usual one. */
const LOAD_OF_MODE = { low: 0.8, normal: 1, high: 1.1, sleep: 0 } as const;
const DIFFICULTY = 262_144;
const HASHES_PER_DIFFICULTY = 2 ** 32;
const to2 = (value: number) => Math.round(value * 100) / 100;

/** The state of one miner at one moment; the same seed, miner and moment always give the same state. */
export function minerStateAt(
  model: Model,
  fate: Fate,
  noise: Noise,
  nowMs: number,
  ordered: Ordered = {
    settings: defaultSettings(fate),
    startedAt: null,
    startingS: STARTING_S,
    difficulty: DIFFICULTY,
  },
): MinerState {
  const { settings, startedAt, startingS, difficulty } = ordered;
  const uptime =
    startedAt === null ? uptimeAt(fate, noise, nowMs) : Math.max(0, Math.floor((nowMs - startedAt) / 1000));
  const asleep = settings.mode === "sleep";
  const starting = !asleep && uptime < startingS;
  const power = Math.min(1, (uptime - startingS + 30) / RAMP_S) * LOAD_OF_MODE[settings.mode];
  const ramp = asleep || starting ? 0 : power;
  const ambient = 24 + 4 * Math.sin((2 * Math.PI * nowMs) / DAY) + 1.5 * noise.walk("ambient", nowMs, HOUR);
  const darkSince = fate === "dark_board" ? darknessAt(noise, nowMs) : null;
  const boards = Array.from({ length: model.boards }, (_, index) => {
    const dead = darkSince !== null && index === model.boards - 1;
    return boardAt(model, noise, nowMs, { index, dead, ramp, ambient });
  });
  const now = to2(sum(boards, (board) => board.now));
  const average = to2(sum(boards, (board) => board.average));
  const load = now / (model.terahashes * 1000);
  // From what it is rated at: a counter never goes back, whatever the average does.
  const accepted = asleep ? 0 : Math.floor((uptime * model.terahashes * 1e12) / (difficulty * HASHES_PER_DIFFICULTY));
  return {
    uptime,
    asleep,
    starting,
    now,
    average,
    rated: model.terahashes * 1000,
    boards,
    fans: model.fans.map((speed, index) =>
      fanSpeed(speed, asleep ? 0.2 : 0.85 + 0.15 * load, noise.walk(`fan${index}`, nowMs, 5 * MINUTE)),
    ),
    watts: asleep
      ? 58
      : Math.round(model.watts * (0.06 + 0.94 * load) * (1 + 0.008 * noise.walk("watts", nowMs, 2 * MINUTE))),
    ambient: Math.round(ambient),
    accepted,
    rejected: Math.floor(accepted * (0.0008 + 0.003 * noise.fixed("rejects"))),
    stale: Math.floor(accepted * 0.0002),
    hardwareErrors: sum(boards, (board) => board.hardwareErrors),
    difficulty,
    settings,
  };
}

/** Miners start at different moments and run for days; a restless one restarts every half hour. */
function uptimeAt(fate: Fate, noise: Noise, nowMs: number): number {
  const period = fate === "restless" ? 30 * MINUTE : (1 + 13 * noise.fixed("run")) * DAY;
  return Math.floor(((nowMs + noise.fixed("phase") * period) % period) / 1000);
}

/** A failing board is dark for two of every three half hours; null while it works. */
function darknessAt(noise: Noise, nowMs: number): number | null {
  const third = (nowMs / (30 * MINUTE) + 3 * noise.fixed("dark")) % 3;
  return third < 2 ? third : null;
}

function boardAt(
  model: Model,
  noise: Noise,
  nowMs: number,
  how: { index: number; dead: boolean; ramp: number; ambient: number },
): BoardState {
  const { index, dead, ramp, ambient } = how;
  const rated = (model.terahashes * 1000) / model.boards;
  const own = 1 + 0.03 * (noise.fixed(`board${index}`) - 0.5);
  const working = dead ? 0 : ramp;
  const now = rated * own * working * (1 + 0.025 * noise.walk(`now${index}`, nowMs, 20_000));
  const average = rated * own * working * (1 + 0.008 * noise.walk(`average${index}`, nowMs, MINUTE));
  const heat = model.fans.length === 0 ? 22 : 30;
  const outlet =
    ambient +
    (heat + 12) * Math.max(working, 0.25) +
    3 * noise.fixed(`heat${index}`) +
    1.5 * noise.walk(`heat${index}`, nowMs, 3 * MINUTE);
  const inlet = outlet - (working > 0 ? 17 : 3);
  return {
    slot: index,
    dead,
    now: to2(now),
    average: to2(average),
    rated,
    chips: model.chips,
    hardwareErrors: Math.floor(
      uptimeHours(noise, nowMs) * (2 + 10 * noise.fixed(`errors${index}`)) * (working > 0 ? 1 : 0),
    ),
    mhz: model.mhz,
    board: Math.round(inlet + 8),
    inlet: Math.round(inlet),
    outlet: Math.round(outlet),
  };
}

const uptimeHours = (noise: Noise, nowMs: number) => uptimeAt("steady", noise, nowMs) / 3_600;
const sum = <T>(items: readonly T[], figure: (item: T) => number) =>
  items.reduce((total, item) => total + figure(item), 0);
const fanSpeed = (speed: number, share: number, walk: number) =>
  Math.round((speed * share * (1 + 0.01 * walk)) / 30) * 30;
