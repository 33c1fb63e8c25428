import type { Board, Fault, Pool, WorkStatus } from "@banksman/wire/model";
import { gigahashes, terahashes } from "@banksman/wire/model";
import type { Answers } from "../answers.ts";
import { whatsminerV3Commands } from "../commands/whatsminer-v3.ts";
import { type Fields, isRecord } from "../decode/reply.ts";
import { defineFamily } from "../family.ts";
import { hashrate } from "../read/hashrate.ts";
import { amount, count, firstAmount, greatest, mean, sum } from "../read/number.ts";
import { positive } from "../read/pick.ts";
import { warmCelsius } from "../read/sensors.ts";
import { mac, text } from "../read/text.ts";
import { activePool, readPools } from "../shapes/pools.ts";
import { isHeatFault, listedFaults } from "../shapes/whatsminer-errors.ts";

type View = {
  miner: Fields | undefined;
  system: Fields | undefined;
  network: Fields | undefined;
  summary: Fields | undefined;
  boards: Board[];
  pools: Pool[];
  faults: Fault[] | null;
  /** What `working` says; null when the device doesn't. */
  working: boolean | null;
};

/**
 * MicroBT's API version 3 on port 4433, in firmware from late 2024 on. Its hashrates are in TH/s. While the mining
 * process is down, `msg` or `error-code` is a sentence where a record is expected.
 */
export const whatsminerV3 = defineFamily<View>({
  id: "whatsminer-v3",
  title: "WhatsMiner, API 3",
  make: "WhatsMiner",
  types: ["whatsminer", "microbt", "whatsminer-v3"],
  transport: "v3",
  api: { factory: { username: "super", password: "super" } },
  claims: ({ answers }) => answers.has("get.device.info"),
  live: [
    { command: "get.device.info" },
    { command: "get.miner.status~summary" },
    { command: "get.miner.status~edevs" },
    { command: "get.miner.status~pools" },
  ],
  identity: [],
  view: (answers) => {
    const device = msg(answers, "get.device.info");
    const summary = inner(msg(answers, "get.miner.status~summary"), "summary");
    const miner = inner(device, "miner");
    const devices = list(msg(answers, "get.miner.status~edevs"), "edevs");
    const working = text(miner?.working)?.toLowerCase();
    return {
      miner,
      system: inner(device, "system"),
      network: inner(device, "network"),
      summary,
      boards: devices.map((one, position) => readBoard(one, position, summary, miner)),
      pools: readPools(list(msg(answers, "get.miner.status~pools"), "pools")),
      faults: faultsOf(device),
      working: working === undefined ? null : working === "true",
    };
  },
  fields: {
    hashrate_ghs: (v) => (isStopped(v) ? gigahashes(0) : hashrate(v.summary?.["hash-average"], terahashes)),
    hashrate_5s_ghs: (v) => (isStopped(v) ? gigahashes(0) : hashrate(v.summary?.["hash-realtime"], terahashes)),
    expected_hashrate_ghs: (v) => positive(hashrate(v.summary?.["factory-hash"], terahashes) ?? detectedRate(v.miner)),
    temperature_avg: (v) => warmCelsius(v.summary?.["chip-temp-avg"]) ?? mean(boardTemperatures(v)),
    temperature_max: (v) =>
      warmCelsius(v.summary?.["chip-temp-max"]) ?? greatest(chipMaxima(v) ?? boardTemperatures(v)),
    temperature_chips: chipMaxima,
    fan_speeds: fansOf,
    frequency_avg: (v) => firstAmount(v.summary, "freq-avg") ?? mean(v.boards.map((board) => board.frequency)),
    accepted_shares: (v) => sum(v.pools.map((pool) => pool.accepted)),
    rejected_shares: (v) => sum(v.pools.map((pool) => pool.rejected)),
    uptime_seconds: (v) => amount(v.summary?.elapsed),
    pool_url: (v) => activePool(v.pools)?.url,
    worker_name: (v) => activePool(v.pools)?.worker,
    power_consumption: (v) => wattsOf(v),
    power_source: () => "measured",
    status: statusOf,
    faults: (v) => v.faults,
    boards: (v) => (v.boards.length > 0 ? v.boards : null),
    pools: (v) => (v.pools.length > 0 ? v.pools : null),
    model: (v) => text(v.miner?.type),
    firmware: (v) => text(v.system?.fwversion),
    mac: (v) => mac(v.network?.mac),
    serial: (v) => text(v.miner?.["miner-sn"]),
  },
  commands: whatsminerV3Commands,
});

/** A machine whose meter isn't read yet says 0. */
const wattsOf = (v: View): number | null => positive(firstAmount(v.summary, "power-realtime", "power-5min"));

/** The record under `msg`; undefined where the device put a sentence instead. */
function msg(answers: Answers, command: string): Fields | undefined {
  const reply = answers.get(command);
  return reply?.ok && isRecord(reply.body.msg) ? reply.body.msg : undefined;
}

const inner = (fields: Fields | undefined, name: string): Fields | undefined => {
  const value = fields?.[name];
  return isRecord(value) ? value : undefined;
};

const list = (fields: Fields | undefined, name: string): Fields[] => {
  const value = fields?.[name];
  return Array.isArray(value) ? value.filter(isRecord) : [];
};

function readBoard(device: Fields, position: number, summary: Fields | undefined, miner: Fields | undefined): Board {
  const slot = count(device.id ?? device.slot) ?? position;
  const boardTemperature = Array.isArray(summary?.["board-temperature"]) ? summary["board-temperature"][slot] : null;
  const hottest = warmCelsius(device["chip-temp-max"]);
  return {
    slot,
    hashrate_ghs: hashrate(device["hash-average"], terahashes),
    expected_hashrate_ghs: positive(hashrate(device["factory-hash"], terahashes)),
    chips: count(device["effective-chips"]),
    temperature_board: warmCelsius(boardTemperature),
    temperature_chips: hottest === null ? null : [hottest],
    frequency: amount(device.freq),
    serial: text(miner?.[`pcbsn${slot}`]),
  };
}

/** What each board was rated at in the factory's test, in GH/s: `61434:53890:65727`. */
function detectedRate(miner: Fields | undefined): number | null {
  const rates = text(miner?.["detect-hash-rate"])?.split(":").map(amount) ?? [];
  return rates.some((rate) => rate === null) ? null : sum(rates);
}

const boardTemperatures = (v: View) => v.boards.map((board) => board.temperature_board);

function chipMaxima(v: View): (number | null)[] | null {
  const maxima = v.boards.map((board) => board.temperature_chips?.[0] ?? null);
  return maxima.some((value) => value !== null) ? maxima : null;
}

/** Both fans at 0 say immersion or water; one at 0 is a fan that stands still and keeps its 0. */
function fansOf({ summary }: View): number[] | null {
  const fans = [amount(summary?.["fan-speed-in"]), amount(summary?.["fan-speed-out"])].filter(
    (speed) => speed !== null,
  );
  if (fans.length === 0) return null;
  return fans.every((speed) => speed === 0) ? [] : fans;
}

/** No error code at all says there is none; a sentence in its place says only that the mining process is down. */
function faultsOf(device: Fields | undefined): Fault[] | null {
  if (!device) return null;
  const codes = device["error-code"];
  return codes === undefined || typeof codes === "string" ? [] : listedFaults(codes);
}

const isStopped = (v: View) => v.working === false && !v.summary;

function statusOf(v: View): WorkStatus | null {
  if (v.working === false) return "sleeping";
  const rate = firstAmount(v.summary, "hash-realtime", "hash-average");
  if (rate === null) return v.working === null ? null : "idle";
  if (rate > 0) return "hashing";
  if (v.faults?.some(isHeatFault)) return "overheated";
  if (v.faults?.some((fault) => fault.level === "urgent")) return "fault";
  return count(v.summary?.["up-freq-finish"]) === 0 ? "starting" : "idle";
}
