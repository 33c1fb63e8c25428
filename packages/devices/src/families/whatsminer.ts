import type { Board, Fault, Pool, WorkStatus } from "@banksman/wire/model";
import { gigahashes, megahashes } from "@banksman/wire/model";
import type { Answers } from "../answers.ts";
import { whatsminerCommands } from "../commands/whatsminer.ts";
import type { Fields } from "../decode/reply.ts";
import { defineFamily } from "../family.ts";
import { hashrate, namedHashrate } from "../read/hashrate.ts";
import { amount, count, firstAmount, greatest, mean, sum } from "../read/number.ts";
import { positive } from "../read/pick.ts";
import { warmCelsius } from "../read/sensors.ts";
import { isTrue, mac, text, unquoted } from "../read/text.ts";
import { activePool, ownShares, readPools } from "../shapes/pools.ts";
import { isHeatFault, listedFaults, summaryFaults } from "../shapes/whatsminer-errors.ts";

type View = {
  answers: Answers;
  summary: Fields | undefined;
  version: Fields | undefined;
  info: Fields | undefined;
  boards: Board[];
  /** What each board says of itself beyond its own figures. */
  devices: readonly Fields[];
  pools: Pool[];
  faults: Fault[] | null;
  asleep: boolean;
};

/** Members of a summary that no other maker has. */
const OWN_MEMBERS = ["Factory GHS", "HS RT", "Power Mode", "Fan Speed In", "Hash Stable", "Btminer Fast Boot"];

/** While the mining process is down it answers nothing, or a last summary; only the API's own commands tell why. */
const maySleep = (answers: Answers) =>
  !answers.ok("summary") || answers.joinRefusal === MISSING_COMMAND || isStill(answers);

/** What a sleeping machine makes of a join that it takes while it hashes. */
const MISSING_COMMAND = 24;

const isStill = (answers: Answers) => namedHashrate(answers.first("summary", "SUMMARY"), ["MHS 5s", "HS RT"]) === 0;

/**
 * MicroBT's API versions 1 and 2 on port 4028: the cgminer commands, beside `get_…` and `status`, which answer even
 * while the mining process sleeps, in a shape of their own, and are never joined.
 */
export const whatsminer = defineFamily<View>({
  id: "whatsminer",
  title: "WhatsMiner, API 1 and 2",
  make: "WhatsMiner",
  types: ["whatsminer", "microbt"],
  transport: "cgminer",
  api: { factory: { username: "admin", password: "admin" } },
  claims: ({ text, answers }) => {
    if (/WHATSMINER|BTMINER|BITMICRO|\bSM\d+\b/.test(text)) return true;
    const summary = answers.first("summary", "SUMMARY");
    if (summary && OWN_MEMBERS.some((name) => name in summary) && !("GHS av" in summary)) return true;
    return answers.message("get_version")?.fw_ver !== undefined;
  },
  live: [
    { command: "summary" },
    { command: "pools" },
    { command: "devs" },
    {
      command: "edevs",
      optional: true,
      when: (answers) => answers.ok("summary") && answers.all("devs", "DEVS").length === 0,
    },
    { command: "status", alone: true, when: maySleep },
  ],
  identity: [{ command: "get_version" }, { command: "devdetails" }, { command: "get_miner_info" }],
  slow: {
    // Version 1 has its errors in the summary and no such command.
    asks: [{ command: "get_error_code", when: isStill }],
    fields: ["faults"],
  },
  view: (answers) => {
    const status = answers.message("status");
    const asleep = isTrue(status?.btmineroff) || isTrue(status?.mineroff);
    const summary = answers.first("summary", "SUMMARY");
    const devices = asleep ? [] : [...answers.all("devs", "DEVS"), ...answers.all("edevs", "DEVS")];
    return {
      answers,
      summary: asleep ? lasting(summary) : summary,
      version: answers.message("get_version"),
      info: answers.message("get_miner_info"),
      devices,
      boards: devices.map(readBoard),
      pools: readPools(answers.all("pools", "POOLS")),
      faults: faultsOf(answers),
      asleep,
    };
  },
  fields: {
    hashrate_ghs: (v) => (v.asleep ? gigahashes(0) : namedHashrate(v.summary, ["MHS av"])),
    hashrate_5s_ghs: (v) => (v.asleep ? gigahashes(0) : namedHashrate(v.summary, ["MHS 5s", "HS RT", "MHS 1m"])),
    expected_hashrate_ghs: (v) =>
      positive(hashrate(v.summary?.["Factory GHS"], gigahashes)) ??
      positive(hashrate(v.summary?.["Target MHS"], megahashes)),
    temperature_avg: (v) =>
      warmCelsius(v.summary?.["Chip Temp Avg"]) ?? mean(v.boards.map((board) => board.temperature_board)),
    temperature_max: (v) =>
      warmCelsius(v.summary?.["Chip Temp Max"]) ??
      greatest(chipMaxima(v) ?? []) ??
      greatest(v.boards.map((board) => board.temperature_board)) ??
      warmCelsius(v.summary?.Temperature),
    temperature_chips: chipMaxima,
    fan_speeds: fansOf,
    frequency_avg: (v) => firstAmount(v.summary, "freq_avg") ?? mean(v.boards.map((board) => board.frequency)),
    accepted_shares: (v) => ownShares(v.pools, "accepted", v.summary?.Accepted),
    rejected_shares: (v) => ownShares(v.pools, "rejected", v.summary?.Rejected),
    hardware_errors: (v) =>
      count(v.summary?.["Hardware Errors"]) ?? sum(v.boards.map((board) => board.hardware_errors)),
    uptime_seconds: (v) => amount(v.summary?.Elapsed),
    pool_url: (v) => activePool(v.pools)?.url,
    worker_name: (v) => activePool(v.pools)?.worker,
    power_consumption: (v) => wattsOf(v),
    power_source: () => "measured",
    status: statusOf,
    faults: (v) => v.faults,
    boards: (v) => (v.boards.length > 0 ? v.boards : null),
    pools: (v) => (v.pools.length > 0 ? v.pools : null),
    model: modelOf,
    firmware: (v) =>
      // The summary first: it is there in every reading, so that the version doesn't seem to change.
      unquoted(v.summary?.["Firmware Version"]) ?? unquoted(v.version?.fw_ver) ?? unquoted(statusFirmware(v.answers)),
    mac: (v) => mac(v.summary?.MAC) ?? mac(v.info?.mac),
    serial: (v) => text(v.info?.minersn ?? v.info?.["miner-sn"]),
  },
  commands: whatsminerCommands,
});

/** Of a summary that a machine left behind when it went to sleep, only what doesn't change is true. */
function lasting(summary: Fields | undefined): Fields {
  return Object.fromEntries(["MAC", "Factory GHS", "Firmware Version"].map((key) => [key, summary?.[key]]));
}

/** A machine whose meter isn't read yet says 0. */
const wattsOf = (v: View): number | null => positive(firstAmount(v.summary, "Power", "Power_RT"));

function readBoard(device: Fields, position: number): Board {
  return {
    slot: count(device.Slot ?? device.ASC) ?? position,
    hashrate_ghs: namedHashrate(device, ["MHS av"]),
    expected_hashrate_ghs: positive(hashrate(device["Factory GHS"], gigahashes)),
    chips: count(device["Effective Chips"]),
    temperature_board: warmCelsius(device.Temperature),
    temperature_chips: chipSensors(device),
    frequency: firstAmount(device, "Chip Frequency", "Frequency"),
    hardware_errors: count(device["Hardware Errors"]),
    serial: text(device["PCB SN"]),
  };
}

/** The API tells a board's coldest and hottest chip, not each: the hottest stands for it. */
function chipSensors(device: Fields): number[] | null {
  const hottest = warmCelsius(device["Chip Temp Max"]);
  return hottest === null ? null : [hottest];
}

function chipMaxima(v: View): (number | null)[] | null {
  const maxima = v.boards.map((board) => board.temperature_chips?.[0] ?? null);
  return maxima.some((value) => value !== null) ? maxima : null;
}

/** Both fans at 0 say immersion or water; one at 0 is a fan that stands still and keeps its 0. */
function fansOf({ summary, devices }: View): number[] | null {
  const source = summary && "Fan Speed In" in summary ? summary : devices[0];
  const fans = [amount(source?.["Fan Speed In"]), amount(source?.["Fan Speed Out"])].filter((speed) => speed !== null);
  if (fans.length === 0) return null;
  return fans.every((speed) => speed === 0) ? [] : fans;
}

function faultsOf(answers: Answers): Fault[] | null {
  const listed = answers.message("get_error_code")?.error_code;
  const summary = answers.first("summary", "SUMMARY");
  const numbered = summary && "Error Code Count" in summary;
  if (listed === undefined) return numbered ? summaryFaults(summary) : null;
  return listedFaults(listed);
}

function statusOf(v: View): WorkStatus | null {
  if (v.asleep) return "sleeping";
  if (!v.summary) return v.answers.message("status") ? "idle" : null;
  const rate = namedHashrate(v.summary, ["MHS 5s", "HS RT", "MHS 1m", "MHS av"]);
  if (rate === null) return null;
  if (rate > 0) return "hashing";
  if (v.faults?.some(isHeatFault)) return "overheated";
  if (v.faults?.some((fault) => fault.level === "urgent")) return "fault";
  const stillRising = v.devices.length > 0 && v.devices.some((device) => count(device["Upfreq Complete"]) === 0);
  return stillRising || (amount(v.summary.Elapsed) ?? 0) < STARTING_SECONDS ? "starting" : "idle";
}

/** A machine that hasn't hashed for so long after its start isn't starting any more. */
const STARTING_SECONDS = 300;

const statusFirmware = (answers: Answers) => {
  const status = answers.message("status");
  return status?.FirmwareVersion ?? status?.["Firmware Version"];
};

/** The type with its revision, as `M30S+_VE40`; a bare number of the board's kernel is no model. */
function modelOf({ answers, info }: View): string | null {
  for (const detail of answers.all("devdetails", "DEVDETAILS")) {
    const model = text(detail.Model);
    if (model !== null && /[A-Z]/i.test(model)) return model;
  }
  return text(info?.minertype ?? info?.miner_type ?? info?.type);
}
