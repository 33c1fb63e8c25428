import type { BoardState, MinerState } from "../miner-state.ts";
import type { Model } from "../models.ts";
import type { Identity } from "./identity.ts";
import { poolRows } from "./pools.ts";
import { answer, type Row, refusal, row, rows } from "./template.ts";

type Generation = { summary: Row; dev: Row; pools: Row[]; status: Row; version: Row; psu: Row; api: string };

const generation = (folder: string, api: string): Generation => ({
  summary: row(`${folder}/summary`, "SUMMARY"),
  dev: row(`${folder}/devs`, "DEVS"),
  pools: rows(`${folder}/pools`, "POOLS"),
  status: row(`${folder}/status`, "Msg"),
  version: row(`${folder}/get_version`, "Msg"),
  psu: row(`${folder}/get_psu`, "Msg"),
  api,
});

const V1 = generation("whatsminer-v1", "whatsminer v1.4.0");
const V2 = generation("whatsminer-v2", "");
const CGMINER = "cgminer 4.9.2";
const V2_SINCE = "20220729";

/** Only these go into a join; the others have to be asked alone. */
export const WHATSMINER_JOINS = new Set(["summary", "devs", "edevs", "pools", "devdetails"]);

/** What btminer answers; null for a command it doesn't know. While the miner sleeps its mining process is down. */
export function whatsminerAnswer(
  command: string,
  model: Model,
  state: MinerState,
  who: Identity,
  whenS: number,
): string | null {
  const api = model.firmware < V2_SINCE ? V1 : V2;
  const told = (message: Row) =>
    JSON.stringify({ STATUS: "S", When: whenS, Code: 131, Msg: message, Description: api.api });
  switch (command) {
    case "get_version":
      return told({ ...api.version, fw_ver: model.firmware });
    case "status":
      return told(status(api, model, state));
    case "get_psu":
      return told(api.psu);
    case "get_miner_info":
      return api === V2
        ? told({ mac: who.mac, hostname: "WhatsMiner", ledstat: state.settings.ledOn ? "manual" : "auto" })
        : null;
    case "get_error_code":
      return api === V2 ? told({ error_code: [] }) : null;
    default:
      return minedAnswer(command, api, model, state, who, whenS);
  }
}

function minedAnswer(
  command: string,
  api: Generation,
  model: Model,
  state: MinerState,
  who: Identity,
  whenS: number,
): string | null {
  if (!WHATSMINER_JOINS.has(command)) return null;
  if (state.asleep) return refusal(24, "Missing JSON 'command'", CGMINER, whenS);
  switch (command) {
    case "summary":
      return answer(11, "Summary", CGMINER, whenS, { SUMMARY: [summary(api, model, state, who)] });
    case "pools":
      return answer(7, "3 Pool(s)", CGMINER, whenS, { POOLS: poolRows(api.pools, state, who) });
    case "devdetails":
      return answer(69, "Device Details", CGMINER, whenS, {
        DEVDETAILS: state.boards.map(({ slot }) => ({
          DEVDETAILS: slot,
          Name: "SM",
          ID: slot,
          Driver: "bitmicro",
          Kernel: "",
          Model: model.name,
        })),
      });
    default:
      return answer(9, `${model.boards} ASC(s)`, CGMINER, whenS, {
        DEVS: state.boards.map((board) => dev(api, board, model, state, who)),
      });
  }
}

function status(api: Generation, model: Model, state: MinerState): Row {
  const off = String(state.asleep);
  return api === V1
    ? { ...api.status, btmineroff: off, "Firmware Version": `'${model.firmware}'` }
    : {
        ...api.status,
        mineroff: off,
        FirmwareVersion: model.firmware,
        power_mode: state.settings.mode === "sleep" ? "normal" : state.settings.mode,
        power_limit_set: String(limitOf(model, state)),
      };
}

const limitOf = (model: Model, { settings }: MinerState) => settings.powerLimit ?? model.watts + 300;
const MODE_WORDS = { low: "Low", normal: "Normal", high: "High", sleep: "Normal" } as const;

const mhs = (ghs: number) => Math.round(ghs * 1e5) / 100;
const only = (template: Row, changes: Row): Row => ({
  ...template,
  ...Object.fromEntries(Object.entries(changes).filter(([key]) => key in template)),
});

function summary(api: Generation, model: Model, state: MinerState, who: Identity): Row {
  const hottest = Math.max(...state.boards.map((board) => board.outlet));
  const coolest = Math.min(...state.boards.map((board) => board.inlet));
  const average = mhs(state.average);
  return only(api.summary, {
    Elapsed: state.uptime,
    Uptime: state.uptime + 90,
    "MHS av": average,
    "MHS 5s": mhs(state.now),
    "MHS 1m": average,
    "MHS 5m": average,
    "MHS 15m": average,
    "HS RT": mhs(state.now),
    Accepted: state.accepted,
    Rejected: state.rejected,
    Stale: state.stale,
    "Hardware Errors": state.hardwareErrors,
    "Total MH": Math.round(state.average * 1000 * state.uptime),
    "Difficulty Accepted": state.accepted * state.difficulty,
    "Difficulty Rejected": state.rejected * state.difficulty,
    "Difficulty Stale": state.stale * state.difficulty,
    Temperature: Math.max(...state.boards.map((board) => board.board)),
    "Env Temp": state.ambient,
    "Chip Temp Min": coolest,
    "Chip Temp Max": hottest,
    "Chip Temp Avg": (coolest + hottest) / 2,
    "Fan Speed In": state.fans[0] ?? 0,
    "Fan Speed Out": state.fans[1] ?? 0,
    freq_avg: model.mhz,
    "Target Freq": model.mhz,
    Power: state.watts,
    Power_RT: state.watts,
    "Power Limit": limitOf(model, state),
    "Power Mode": MODE_WORDS[state.settings.mode],
    "Factory GHS": state.rated,
    "Target MHS": state.rated * 1000,
    MAC: who.mac.toUpperCase(),
    "Firmware Version": `'${model.firmware}'`,
  });
}

function dev(api: Generation, board: BoardState, model: Model, state: MinerState, who: Identity): Row {
  const accepted = Math.floor(state.accepted / model.boards);
  return only(api.dev, {
    ASC: board.slot,
    Slot: board.slot,
    ID: board.slot,
    Status: board.dead ? "Dead" : "Alive",
    Temperature: board.board,
    "Chip Frequency": model.mhz,
    Frequency: model.mhz,
    "MHS av": mhs(board.average),
    "MHS 5s": mhs(board.now),
    "MHS 1m": mhs(board.average),
    "MHS 5m": mhs(board.average),
    "MHS 15m": mhs(board.average),
    "Factory GHS": Math.round(board.rated),
    Accepted: accepted,
    Rejected: Math.floor(state.rejected / model.boards),
    "Hardware Errors": board.hardwareErrors,
    "Total MH": Math.round(board.average * 1000 * state.uptime),
    "Difficulty Accepted": accepted * state.difficulty,
    "Effective Chips": board.dead ? 0 : board.chips,
    "Chip Temp Min": board.inlet,
    "Chip Temp Max": board.outlet,
    "Chip Temp Avg": (board.inlet + board.outlet) / 2,
    "Fan Speed In": state.fans[0] ?? 0,
    "Fan Speed Out": state.fans[1] ?? 0,
    "PCB SN": `${who.serial}B${board.slot}`,
    "Device Elapsed": state.uptime,
  });
}
