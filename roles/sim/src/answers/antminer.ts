import type { BoardState, MinerState } from "../miner-state.ts";
import type { Model } from "../models.ts";
import type { Identity } from "./identity.ts";
import { percent, poolRows } from "./pools.ts";
import { answer, type Row, row, rows } from "./template.ts";

const STATS = rows("antminer/stats", "STATS")[1] ?? {};
const SUMMARY = row("antminer/summary", "SUMMARY");
const DEVS = row("antminer/devs", "DEVS");
const VERSION = row("antminer/version", "VERSION");
const POOL_ROWS = rows("antminer/pools", "POOLS");
const DESCRIPTION = "cgminer 1.0.0";

/** What stock firmware answers, or one that says otherwise of `itself`; null for a command it lets nobody use (code 45). */
export function antminerAnswer(
  command: string,
  model: Model,
  state: MinerState,
  who: Identity,
  whenS: number,
  itself: Row = { BMMiner: "1.0.0", Type: model.name },
): string | null {
  const told = (code: number, message: string, sections: Row) => answer(code, message, DESCRIPTION, whenS, sections);
  const identity = { Miner: "49.0.1.3", CompileTime: model.firmware, ...itself };
  switch (command) {
    case "version":
      return told(22, "CGMiner versions", { VERSION: [{ ...VERSION, ...identity }] });
    case "summary":
      return told(11, "Summary", { SUMMARY: [summary(state, whenS)] });
    case "stats":
      return told(70, "CGMiner stats", { STATS: [identity, stats(model, state, who)] });
    case "pools":
      return told(7, "3 Pool(s)", { POOLS: poolRows(POOL_ROWS, state, who) });
    case "devs":
      return told(9, "1 ASC(s)", {
        DEVS: [{ ...DEVS, Accepted: state.accepted, Rejected: state.rejected, "Device Elapsed": state.uptime }],
      });
    default:
      return null;
  }
}

function summary(state: MinerState, whenS: number): Row {
  return {
    ...SUMMARY,
    Elapsed: state.uptime,
    "GHS 5s": state.now,
    "GHS av": state.average,
    "GHS 30m": state.average,
    Accepted: state.accepted,
    Rejected: state.rejected,
    Stale: state.stale,
    "Hardware Errors": state.hardwareErrors,
    "Total MH": Math.round(state.average * 1000 * state.uptime),
    "Difficulty Accepted": state.accepted * state.difficulty,
    "Difficulty Rejected": state.rejected * state.difficulty,
    "Difficulty Stale": state.stale * state.difficulty,
    "Pool Rejected%": percent(state.rejected, state.accepted),
    "Last getwork": whenS,
  };
}

function stats(model: Model, state: MinerState, who: Identity): Row {
  const fans: Row = Object.fromEntries(
    ["fan1", "fan2", "fan3", "fan4"].map((key, index) => [key, state.fans[index] ?? 0]),
  );
  const stopped = state.asleep || state.starting;
  return {
    ...STATS,
    ...Object.fromEntries(state.boards.flatMap((board) => Object.entries(chain(board, stopped)))),
    ...fans,
    fan_num: model.fans.length,
    ...(model.tellsPower && { chain_power: `${state.watts} W` }),
    Elapsed: state.uptime,
    "GHS 5s": state.now,
    "GHS av": state.average,
    rate_30m: state.average,
    "total rate": state.average,
    total_rateideal: state.rated,
    total_freqavg: model.mhz,
    total_acn: model.boards * model.chips,
    frequency: model.mhz,
    miner_count: model.boards,
    miner_id: `80${who.mac.replaceAll(":", "")}14`,
    no_matching_work: state.hardwareErrors,
    temp_num: model.boards,
  };
}

/** The members of one chain; the device counts from 1. */
function chain(board: BoardState, stopped: boolean): Row {
  const n = board.slot + 1;
  const sensors = (inlet: number, outlet: number) => `${inlet}-${inlet + 1}-${outlet}-${outlet - 1}`;
  return {
    [`chain_acn${n}`]: board.chips,
    [`chain_acs${n}`]: chipMap(board.chips, stopped || board.dead ? "x" : "o"),
    [`chain_hw${n}`]: board.hardwareErrors,
    [`chain_rate${n}`]: board.now.toFixed(2),
    [`freq${n}`]: board.mhz,
    [`temp${n}`]: board.board,
    [`temp2_${n}`]: board.outlet,
    [`temp_pcb${n}`]: sensors(board.inlet - 5, board.outlet - 5),
    [`temp_chip${n}`]: sensors(board.inlet, board.outlet),
    [`temp_pic${n}`]: sensors(board.inlet - 15, board.outlet - 15),
  };
}

const maps = new Map<string, string>();

function chipMap(chips: number, letter: "o" | "x"): string {
  const key = letter + chips;
  let map = maps.get(key);
  if (map === undefined) {
    map = letter.repeat(chips).replace(/.{1,3}/g, " $&");
    maps.set(key, map);
  }
  return map;
}
