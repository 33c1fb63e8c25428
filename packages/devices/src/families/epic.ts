import type { Board, Fault, Pool, WorkStatus } from "@banksman/wire/model";
import { megahashes, terahashes } from "@banksman/wire/model";
import { epicCommands } from "../commands/epic.ts";
import type { Fields } from "../decode/reply.ts";
import { defineFamily } from "../family.ts";
import { fault, stoppedFans, toldFault } from "../faults/fault.ts";
import { hashrate } from "../read/hashrate.ts";
import { amount, count, greatest, mean, sum } from "../read/number.ts";
import { at, listOf, nonEmpty, positive } from "../read/pick.ts";
import { warmCelsius } from "../read/sensors.ts";
import { mac, text } from "../read/text.ts";
import { hottestParts } from "../shapes/antminer-boards.ts";
import { activePool } from "../shapes/pools.ts";

type View = {
  summary: Fields;
  capabilities: Fields | undefined;
  network: Fields | undefined;
  boards: Board[];
  fans: (number | null)[] | null;
  pools: Pool[];
};

/**
 * ePIC's PowerPlay firmware, on its own BlockMiner and on Antminer hardware. It speaks HTTP on port 4028, where others
 * have the cgminer API. Rates are MH/s; a fan that is null isn't there, one of 0 stands still.
 */
export const epic = defineFamily<View>({
  id: "epic",
  title: "ePIC PowerPlay",
  make: (v) => makeOf(text(v.capabilities?.Model)),
  types: ["epic", "powerplay"],
  transport: "http",
  web: { port: "api", factory: { username: "", password: "letmein" } },
  claims: ({ page, answers }) =>
    /MINER WEB DASHBOARD/.test(page) || answers.get("/summary")?.body.HBStatus !== undefined,
  live: [{ command: "/summary" }, { command: "/capabilities", optional: true }, { command: "/temps", optional: true }],
  identity: [{ command: "/network" }],
  view: (answers) => {
    const summary: Fields = answers.get("/summary")?.body ?? {};
    const capabilities = answers.ok("/capabilities") ? answers.get("/capabilities")?.body : undefined;
    return {
      summary,
      capabilities,
      network: answers.get("/network")?.body,
      boards: boardsOf(summary, capabilities, listOf(answers.get("/temps")?.body.list)),
      fans: fansOf(summary),
      pools: poolsOf(summary),
    };
  },
  fields: {
    hashrate_ghs: (v) => hashrate(session(v)?.["Average MHs"], megahashes),
    hashrate_5s_ghs: (v) => sum(v.boards.map((board) => board.hashrate_ghs)),
    expected_hashrate_ghs: (v) => positive(hashrate(v.capabilities?.["Default Hashrate"], terahashes)),
    temperature_avg: (v) => mean(hottestParts(v.boards)),
    temperature_max: (v) => greatest(hottestParts(v.boards)),
    temperature_chips: (v) => nonEmpty(v.boards.flatMap((board) => board.temperature_chips ?? [])),
    fan_speeds: (v) => v.fans,
    frequency_avg: (v) => mean(v.boards.map((board) => board.frequency)),
    accepted_shares: (v) => count(session(v)?.Accepted),
    rejected_shares: (v) => count(session(v)?.Rejected),
    uptime_seconds: (v) => amount(session(v)?.Uptime),
    pool_url: (v) => activePool(v.pools)?.url,
    worker_name: (v) => activePool(v.pools)?.worker,
    power_consumption: (v) => inputWatts(v),
    power_source: () => "measured",
    status: statusOf,
    faults: faultsOf,
    boards: (v) => nonEmpty(v.boards),
    pools: (v) => nonEmpty(v.pools),
    model: (v) => text(v.capabilities?.Model)?.replace(/^antminer/i, "Antminer") ?? null,
    firmware: (v) => text(v.summary.Software),
    mac: (v) => mac((at(v.network, "dhcp") ?? at(v.network, "static"))?.mac_address),
    serial: (v) =>
      text(v.capabilities?.["Miner Serial Number"]) ?? text(at(v.capabilities, "Control Board Version")?.cpuSerial),
  },
  commands: epicCommands,
});

const session = (v: View) => at(v.summary, "Session");
const inputWatts = (v: View) => positive(amount(at(v.summary, "Power Supply Stats")?.["Input Power"]));

function makeOf(model: string | null): string {
  if (model === null || /blockminer|epic/i.test(model)) return "ePIC";
  if (/whatsminer|^M\d/i.test(model)) return "WhatsMiner";
  return "Antminer";
}

/** `HBStatus` names every board that was found, `HBs` those that work, `temps` the sensors of each. */
function boardsOf(summary: Fields, capabilities: Fields | undefined, temps: readonly Fields[]): Board[] {
  const working = listOf(summary.HBs);
  const found = listOf(summary.HBStatus);
  const indexes = [...new Set([...found, ...working].map((one) => count(one.Index)).filter((index) => index !== null))];
  const perBoard = count(at(capabilities, "Performance Estimator")?.["Chip Count"]);
  return indexes
    .toSorted((a, b) => a - b)
    .map((slot): Board => {
      const board = working.find((one) => count(one.Index) === slot);
      const sensors = temps.find((one) => count(one.Index) === slot)?.Data;
      const chips = Array.isArray(sensors) ? sensors.map(warmCelsius).filter((value) => value !== null) : [];
      const detected = found.find((one) => count(one.Index) === slot)?.Detected;
      return {
        slot,
        hashrate_ghs: hashrate(Array.isArray(board?.Hashrate) ? board.Hashrate[0] : null, megahashes),
        chips: detected === false ? 0 : board ? perBoard : null,
        temperature_board: warmCelsius(board?.Temperature) ?? greatest(chips),
        temperature_chips: nonEmpty(chips),
        frequency: positive(amount(board?.["Core Clock Avg"])),
        voltage: positive(amount(board?.["Input Voltage"])),
      };
    });
}

/** Fans by their number; the places behind the last one are null. */
function fansOf(summary: Fields): (number | null)[] | null {
  const speeds = at(summary, "Fans Rpm");
  if (!speeds) return null;
  const places = Object.keys(speeds).filter((key) => speeds[key] !== null);
  const number = (key: string) => Number(/\d+$/.exec(key)?.[0] ?? 0);
  return nonEmpty(places.toSorted((a, b) => number(a) - number(b)).map((key) => amount(speeds[key])));
}

/** The configured pools; the one in use is named without its scheme. */
function poolsOf(summary: Fields): Pool[] {
  const now = text(at(summary, "Stratum")?.["Current Pool"], 500);
  const connected = at(summary, "Stratum")?.IsPoolConnected === true;
  const pools = listOf(summary.StratumConfigs).flatMap((config, priority): Pool[] => {
    const url = text(config.pool, 500);
    if (url === null) return [];
    const active = now !== null && url.endsWith(now);
    const status = active ? (connected ? "alive" : "dead") : "unknown";
    return [{ url, worker: text(config.login, 256), status, active, priority, dev_fee: false }];
  });
  if (pools.length > 0 || now === null) return pools;
  const worker = text(at(summary, "Stratum")?.["Current User"], 256);
  return [{ url: now, worker, status: connected ? "alive" : "dead", active: true, dev_fee: false }];
}

const STATES: readonly (readonly [state: RegExp, status: WorkStatus])[] = [
  [/mining|tuning/, "hashing"],
  [/idl|stop/, "sleeping"],
  [/overheat|over.?temp|thermal/, "overheated"],
  [/start|init|warm|ramp|reset|boot/, "starting"],
  [/err|fail|fault/, "fault"],
];

function statusOf(v: View): WorkStatus | null {
  const state = text(at(v.summary, "Status")?.["Operating State"])?.toLowerCase() ?? "";
  const told = STATES.find(([mark]) => mark.test(state))?.[1] ?? null;
  // It idles when told to, and when its pool is gone.
  return told === "sleeping" && at(v.summary, "Stratum")?.IsPoolConnected === false ? "idle" : told;
}

function faultsOf(v: View): Fault[] {
  const error = text(at(v.summary, "Status")?.["Last Error"], 500);
  const off = listOf(v.summary.HBStatus).flatMap((board) => {
    const slot = count(board.Index);
    if (slot === null || board.Enabled !== false || board.Detected === false) return [];
    return [fault("board_off", ["warning", "board", `board ${slot} is switched off`, `${slot} 号算力板已关闭`], slot)];
  });
  const lost = v.boards
    .filter((board) => board.chips === 0)
    .map(({ slot }) =>
      fault(
        "board_missing",
        ["severe", "board", `no chips found on board ${slot}`, `${slot} 号算力板未检测到芯片`],
        slot,
      ),
    );
  return [
    ...(error === null ? [] : [toldFault("last_error", "severe", error)]),
    ...off,
    ...lost,
    ...(statusOf(v) === "hashing" ? stoppedFans(v.fans) : []),
  ];
}
