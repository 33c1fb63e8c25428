import type { Board, Fault, Pool } from "@banksman/wire/model";
import { type Gigahashes, gigahashes } from "@banksman/wire/model";
import type { Answers } from "../answers.ts";
import type { Fields } from "../decode/reply.ts";
import { stoppedFans } from "../faults/fault.ts";
import { hashrate, namedHashrate } from "../read/hashrate.ts";
import { amount, greatest, sum } from "../read/number.ts";
import { warmCelsius } from "../read/sensors.ts";
import { text } from "../read/text.ts";
import { avalonFaults } from "./avalon-faults.ts";
import { figure, figures, type Tokens, tokens } from "./avalon-tokens.ts";
import { readPools } from "./pools.ts";

/** What an Avalon tells: one status text a module. Machines since the A10 are one module; chained ones have several. */
export type AvalonView = {
  version: Fields | undefined;
  summary: Fields | undefined;
  modules: Tokens[];
  /** The first module's members: a machine of one module is all there. */
  main: Tokens;
  /** `1246-83`, `nano3s`, `Q`: the model's code, from the status text or the version. */
  code: string | null;
  rate5s: Gigahashes | null;
  rateAverage: Gigahashes | null;
  elapsed: number | null;
  /** `Work`, `Idle` or `Init`, in lower case. */
  work: string | null;
  softOff: boolean;
  boards: Board[];
  fans: number[] | null;
  pools: Pool[];
  faults: Fault[];
};

const MODULE = /^MM ID\d+(?::Summary)?$/;
/** Commands that carry the status text, the fullest first. */
export const STATUS_COMMANDS = ["stats", "estats", "litestats"] as const;

/** The records of the first status command that has a status text in it. */
export function statusRecords(answers: Answers): readonly Fields[] {
  for (const command of STATUS_COMMANDS) {
    const found = answers.all(command, "STATS").filter((one) => Object.keys(one).some((key) => MODULE.test(key)));
    if (found.length > 0) return found;
  }
  return [];
}

export function avalonView(answers: Answers): AvalonView {
  const records = statusRecords(answers);
  const version = answers.first("version", "VERSION");
  const summary = answers.first("summary", "SUMMARY");
  const modules = records.flatMap(modulesOf);
  const main: Tokens = modules[0] ?? new Map();
  const code = codeOf(main, version);
  // The rate of a chain of modules is their sum, which only the summary has.
  const own: Tokens = modules.length === 1 ? main : new Map();
  const rate5s = hashrate(own.get("GHSspd"), gigahashes) ?? namedHashrate(summary, ["MHS 5s", "MHS 30s", "MHS 1m"]);
  const softOff = (figure(main, "SoftOFF") ?? 0) > 0;
  const hashing = !softOff && (rate5s ?? 0) > 0;
  const fans = fansOf(modules);
  return {
    version,
    summary,
    modules,
    main,
    code,
    rate5s,
    rateAverage: hashrate(own.get("GHSavg"), gigahashes) ?? namedHashrate(summary, ["MHS av"]),
    elapsed: amount(summary?.Elapsed) ?? amount(figure(main, "Elapsed")) ?? amount(records[0]?.Elapsed),
    work: /\bIn (\w+)/.exec(main.get("SYSTEMSTATU") ?? "")?.[1]?.toLowerCase() ?? null,
    softOff,
    boards: modules.flatMap((module, i) => boardsOf(module, i, modules.length, hashing)),
    fans,
    pools: readPools(answers.all("pools", "POOLS")),
    faults: [
      ...modules.flatMap((module) => avalonFaults(module, /^10/.test(code ?? ""))),
      ...(hashing ? stoppedFans(fans) : []),
    ],
  };
}

/** The Q keeps its boards' figures in `HBinfo`, beside the status text. */
function modulesOf(record: Fields): Tokens[] {
  const boards = typeof record.HBinfo === "string" ? tokens(record.HBinfo) : new Map<string, string>();
  const names = Object.keys(record).filter((key) => MODULE.test(key));
  return names.map((name) => new Map([...boards, ...tokens(String(record[name]))]));
}

/** `Ver[1246-83-21072802_4ec6bb0]` is an A1246 of 83 TH/s with a firmware of 2021; the version may say `10xx` or worse. */
function codeOf(main: Tokens, version: Fields | undefined): string | null {
  return splitVersion(main)?.[1] ?? text(version?.MODEL);
}

/** The model's code and the firmware of a `Ver` member. */
export const splitVersion = (main: Tokens): RegExpExecArray | null =>
  /^(.{1,40}?)-(\d{8}\S{0,60})/.exec(main.get("Ver") ?? "");

function boardsOf(module: Tokens, index: number, modules: number, hashing: boolean): Board[] {
  const rates = figures(module, "MGHS");
  // A chained module is one group of chips under one number.
  const total = modules > 1 ? 1 : Math.max(rates.length, chipLists(module));
  return Array.from({ length: Math.min(total, MAX_BOARDS) }, (_, board) => {
    const listed = figures(module, `PVT_T${board}`);
    const sensors = hashing ? listed.map(warmCelsius) : [];
    return {
      slot: modules > 1 ? index : board,
      hashrate_ghs: rateOf(modules > 1 ? sum(rates) : rates[board], hashing),
      ...chipsOf(listed.length, figures(module, `MW${board}`), hashing),
      temperature_board: boardTemperature(module, board),
      temperature_chips: sensors.some((value) => value !== null) ? sensors.slice(0, 2_000) : null,
      frequency: null,
      voltage: boardVoltage(module),
    };
  });
}

const MAX_BOARDS = 16;

const chipLists = (module: Tokens): number => {
  let boards = 0;
  while (module.has(`PVT_T${boards}`) && boards < MAX_BOARDS) boards++;
  return boards;
};

/** `MGHS` is an average that a machine keeps while it stands: then the board does nothing. */
function rateOf(rate: number | null | undefined, hashing: boolean): number | null {
  if (rate == null || rate < 0) return null;
  return hashing ? rate : 0;
}

/** One work count a chip, where 0 is a chip that does nothing. */
function chipsOf(sensors: number, work: (number | null)[], hashing: boolean): Pick<Board, "chips" | "chips_bad"> {
  const chips = sensors || work.length;
  if (chips === 0) return { chips: null, chips_bad: null };
  return { chips, chips_bad: hashing && work.length > 0 ? work.filter((done) => done === 0).length : null };
}

const boardTemperature = (module: Tokens, board: number): number | null =>
  warmCelsius(figures(module, "MTavg")[board]) ??
  (board === 0 ? greatest([warmCelsius(figure(module, "HBITemp")), warmCelsius(figure(module, "HBOTemp"))]) : null);

/** The board's supply in `PS`, in hundredths of a volt; small home units put other things in that place. */
const MOST_BOARD_VOLTS = 20;
function boardVoltage(module: Tokens): number | null {
  const volts = (amount(figures(module, "PS")[2]) ?? 0) / 100;
  return volts >= 5 && volts <= MOST_BOARD_VOLTS ? volts : null;
}

function fansOf(modules: readonly Tokens[]): number[] | null {
  const speeds: number[] = [];
  for (const module of modules) {
    for (const [key, value] of module) {
      if (!/^Fan\d*$/.test(key)) continue;
      const speed = amount(value);
      if (speed !== null) speeds.push(speed);
    }
  }
  return speeds.length > 0 ? speeds : null;
}

/** Above so many times its power setting, a figure is something else than watts. */
const MOST_OF_SETTING = 1.5;

/**
 * Watts at the wall: `WALLPOWER`, else the last of seven figures of `PS`. The first Nano 3 has the watts one place
 * earlier and its set voltage last, which its power setting `MPO` gives away. Six figures have no wall power.
 */
export function wallPower(main: Tokens, code: string | null): number | null {
  const told = amount(figure(main, "WALLPOWER"));
  if (told !== null && told > 0) return told;
  const ps = figures(main, "PS");
  if (ps.length < 7) return null;
  const setting = amount(figure(main, "MPO"));
  const places = /^nano3$/i.test(code ?? "") ? [5] : [6, 5];
  const isWatts = (value: number) => setting === null || setting === 0 || value < MOST_OF_SETTING * setting;
  for (const place of setting === null ? places.slice(0, 1) : places) {
    const value = amount(ps[place]) ?? 0;
    // 0 in the place of the watts says they were not read; the place before would then be taken for them.
    if (value === 0) return null;
    if (isWatts(value)) return value;
  }
  return null;
}
