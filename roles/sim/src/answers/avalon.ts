import type { BoardState, MinerState } from "../miner-state.ts";
import type { Model } from "../models.ts";
import type { Identity } from "./identity.ts";
import { percent, poolRows } from "./pools.ts";
import { answer, type Row, row, rows } from "./template.ts";

const STATS = rows("avalon/stats", "STATS");
const SUMMARY = row("avalon/summary", "SUMMARY");
const DEVS = row("avalon/devs", "DEVS");
const VERSION = row("avalon/version", "VERSION");
const POOL_ROWS = rows("avalon/pools", "POOLS");
const DESCRIPTION = "cgminer 4.11.1";

/** What an Avalon answers; null for a command it doesn't know. Its `When` counts from the start, not from 1970. */
export function avalonAnswer(command: string, model: Model, state: MinerState, who: Identity): string | null {
  const told = (code: number, message: string, sections: Row) =>
    answer(code, message, DESCRIPTION, state.uptime + 11, sections);
  switch (command) {
    case "version":
      return told(22, "CGMiner versions", { VERSION: [version(model, who)] });
    case "summary":
      return told(11, "Summary", { SUMMARY: [{ ...SUMMARY, ...shares(state), ...rates(state) }] });
    case "stats":
    case "estats":
    case "litestats":
      return told(70, "CGMiner stats", { STATS: stats(command === "litestats", model, state, who) });
    case "pools":
      return told(7, "3 Pool(s)", { POOLS: poolRows(POOL_ROWS, state, who) });
    case "devs":
      return told(9, "1 ASC(s)", {
        DEVS: [{ ...DEVS, ...only(DEVS, { ...shares(state), ...rates(state) }), "Device Elapsed": state.uptime }],
      });
    default:
      return null;
  }
}

const WORK_MODES = { low: 0, normal: 1, high: 2, sleep: 1 } as const;

const mhs = (ghs: number) => Math.round(ghs * 1e5) / 100;
const only = (template: Row, changes: Row): Row =>
  Object.fromEntries(Object.entries(changes).filter(([key]) => key in template));
const dna = (who: Identity) => `0201${who.mac.replaceAll(":", "")}`;

function version(model: Model, who: Identity): Row {
  const name = model.name;
  return {
    ...VERSION,
    PROD: `AvalonMiner ${name}`,
    MODEL: name,
    VERSION: model.firmware,
    DNA: dna(who),
    MAC: who.mac.replaceAll(":", ""),
  };
}

const rates = (state: MinerState): Row => ({
  "MHS av": mhs(state.average),
  "MHS 5s": mhs(state.now),
  "MHS 30s": mhs(state.now),
  "MHS 1m": mhs(state.now),
  "MHS 5m": mhs(state.average),
  "MHS 15m": mhs(state.average),
});

const shares = (state: MinerState): Row => ({
  Elapsed: state.uptime,
  Accepted: state.accepted,
  Rejected: state.rejected,
  Stale: state.stale,
  "Hardware Errors": 0,
  "Total MH": Math.round(state.average * 1000 * state.uptime),
  "Difficulty Accepted": state.accepted * state.difficulty,
  "Difficulty Rejected": state.rejected * state.difficulty,
  "Difficulty Stale": state.stale * state.difficulty,
  "Pool Rejected%": percent(state.rejected, state.accepted),
});

function stats(short: boolean, model: Model, state: MinerState, who: Identity): Row[] {
  const [device = {}, pool = {}] = STATS;
  const text = short ? moduleText(model, state, who) : moduleText(model, state, who) + chipText(state.boards);
  return [
    { ...device, Elapsed: state.uptime, "MM ID0": text },
    { ...pool, Elapsed: state.uptime },
  ];
}

/** The `Key[value]` text of one module. */
function moduleText(model: Model, state: MinerState, who: Identity): string {
  const { boards } = state;
  const each = (figure: (board: BoardState) => number | string) => boards.map(figure).join(" ");
  const mean = (figure: (board: BoardState) => number) =>
    Math.round(boards.reduce((sum, board) => sum + figure(board), 0) / boards.length);
  const hottest = Math.max(...boards.map((board) => board.outlet));
  const idle = state.asleep;
  const work = idle ? "In Idle" : state.starting ? "In Init" : "In Work";
  const fans = state.fans.map((speed, index) => `Fan${index + 1}[${speed}]`).join(" ");
  const boardWatts = Math.round(state.watts * 0.94);
  const tokens = [
    `Ver[${model.name}-${model.firmware}]`,
    `DNA[${dna(who)}]`,
    "MEMFREE[1392832.1381104]",
    "NETFAIL[0 0 0 0 0 0 0 0]",
    `SYSTEMSTATU[Work: ${work}, Hash Board: ${boards.length} ]`,
    `Elapsed[${state.uptime}]`,
    "BOOTBY[0x04.00000000]",
    `LW[${state.uptime * 732}]`,
    `MH[${each(() => 0)}]`,
    "DHW[0]",
    `HW[${state.hardwareErrors}]`,
    "DH[1.299%]",
    `Temp[${state.ambient + 3}]`,
    `TMax[${hottest}]`,
    `TAvg[${mean((board) => (board.inlet + board.outlet) / 2)}]`,
    fans,
    `FanR[${idle ? 20 : 62}%]`,
    "Vo[296]",
    `PS[0 1209 ${idle ? 0 : 1187} ${Math.round(boardWatts / 11.87)} ${boardWatts} 1188 ${state.watts}]`,
    `GHSspd[${state.now.toFixed(2)}]`,
    "DHspd[1.299%]",
    `GHSmm[${state.rated.toFixed(2)}]`,
    `GHSavg[${state.average.toFixed(2)}]`,
    `WU[${(state.average * 13.97).toFixed(2)}]`,
    `Freq[${idle ? "0.00" : model.mhz.toFixed(2)}]`,
    `Led[${state.settings.ledOn ? 1 : 0}]`,
    `MGHS[${each((board) => board.now.toFixed(2))}]`,
    `MTmax[${each((board) => board.outlet)}]`,
    `MTavg[${each((board) => Math.round((board.inlet + board.outlet) / 2))}]`,
    `MVavg[${each(() => "285.8")}]`,
    `TA[${model.boards * model.chips}]`,
    "Core[A3197S]",
    "PING[31]",
    "POWS[0]",
    `HASHS[${each(() => 0)}]`,
    "POOLS[0]",
    `SoftOFF[${idle ? 1 : 0}]`,
    `ECHU[${each(() => 0)}]`,
    "ECMM[0]",
    `CRC[${each(() => 0)}]`,
    "ADJ[1]",
    `MPO[${model.watts}]`,
    "MVL[87]",
    `WORKMODE[${WORK_MODES[state.settings.mode]}]`,
  ];
  return tokens.join(" ");
}

/** Chip by chip: °C, mV, works. Rises along the air, as the chips of a board do. */
function chipText(boards: readonly BoardState[]): string {
  return boards
    .map((board) => {
      const chips = Array.from({ length: board.chips }, (_, chip) => chip);
      const warm = (chip: number) =>
        Math.round(board.inlet + ((board.outlet - board.inlet) * chip) / Math.max(1, board.chips - 1));
      const n = board.slot;
      const works = board.dead ? 0 : 20;
      return ` PVT_T${n}[ ${chips.map(warm).join(" ")}] PVT_V${n}[${chips.map((chip) => 293 - (chip % 9)).join(" ")}] MW${n}[${chips.map((chip) => works && works + (chip % 7)).join(" ")}]`;
    })
    .join("");
}
