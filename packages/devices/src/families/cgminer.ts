import type { Board, WorkStatus } from "@banksman/wire/model";
import { gigahashes, megahashes } from "@banksman/wire/model";
import type { Answers } from "../answers.ts";
import type { Fields } from "../decode/reply.ts";
import { defineFamily } from "../family.ts";
import type { Notes } from "../notes.ts";
import { namedHashrate } from "../read/hashrate.ts";
import { amount, count, greatest, mean, sum } from "../read/number.ts";
import { warmCelsius } from "../read/sensors.ts";
import { mac, text } from "../read/text.ts";
import { allChips, hottestParts, totalHardwareErrors } from "../shapes/antminer-boards.ts";
import { antminerStatus } from "../shapes/antminer-status.ts";
import { type AntminerView, antminerView, faultsOf, frequencyOf, powerOf } from "../shapes/antminer-view.ts";
import { activePool, ownShares } from "../shapes/pools.ts";

/** Firmwares that this family recognises without having a driver of their own, by their marks. */
const RECOGNISED: readonly (readonly [mark: RegExp, name: string, make: string | null])[] = [
  [/VNISH/, "VNish", "Antminer"],
  [/LUXMINER/, "LuxOS", "Antminer"],
  [/BOSMINER|BOSER/, "Braiins OS", "Antminer"],
  [/HIVEON/, "Hiveon", "Antminer"],
  [/RWGLR/, "MSKMiner", "Antminer"],
  [/MARAFW|KAONSU/, "Marathon", "Antminer"],
  [/GCMINER|FLUXOS/, "FluxOS", "Auradine"],
  [/BDMINER/, "SealMiner firmware", "SealMiner"],
  [/\bHAMMER\b/, "Hammer firmware", "Hammer"],
];

type View = AntminerView & { answers: Answers; name: string | null; maker: string | null };

const hasBoards = (answers: Answers) =>
  answers.all("stats", "STATS").some((one) => "chain_acn1" in one || "chain_acn6" in one || "chain" in one);
const speaks = (mark: RegExp) => (answers: Answers) =>
  ["version", "summary"].some((command) => mark.test((answers.get(command)?.description ?? "").toUpperCase()));

/**
 * Whatever else answers the cgminer API: aftermarket firmwares that kept the shape of Bitmain's, and machines without a
 * driver of their own. It reads what is common to them, and says in a warning whom it recognised.
 */
export const cgminer = defineFamily<View>({
  id: "cgminer",
  title: "Any other cgminer API",
  make: (v) => v.maker,
  types: ["cgminer", "bmminer", "generic"],
  transport: "cgminer",
  // It takes what no other family claims.
  claims: () => false,
  live: [
    { command: "version", optional: true },
    { command: "summary" },
    { command: "stats", optional: true },
    { command: "pools" },
    { command: "devs", optional: true, when: (answers) => !hasBoards(answers) },
    { command: "temps", optional: true, when: speaks(/BOSMINER|BOSER/) },
    { command: "fans", optional: true, when: speaks(/BOSMINER|BOSER/) },
    { command: "power", optional: true, when: speaks(/LUXMINER/) },
  ],
  identity: [{ command: "devdetails" }],
  view: (answers, notes) => ({ ...antminerView(answers, notes), answers, ...recognise(answers, notes) }),
  fields: {
    hashrate_ghs: (v) => v.rateAverage,
    hashrate_5s_ghs: (v) => v.rate5s,
    expected_hashrate_ghs: (v) => v.rateIdeal ?? namedHashrate(v.old, ["MHS(Rated)"]),
    temperature_avg: (v) => mean(hottestParts(boardsOf(v))),
    temperature_max: (v) => greatest(hottestParts(boardsOf(v))),
    temperature_chips: (v) => allChips(boardsOf(v)),
    fan_speeds: (v) => v.fans ?? listedFans(v.answers),
    frequency_avg: frequencyOf,
    accepted_shares: (v) => ownShares(v.pools, "accepted", v.summary?.Accepted),
    rejected_shares: (v) => ownShares(v.pools, "rejected", v.summary?.Rejected),
    hardware_errors: (v) => totalHardwareErrors(v.boards) ?? count(v.summary?.["Hardware Errors"]),
    uptime_seconds: (v) => v.elapsed,
    pool_url: (v) => activePool(v.pools)?.url,
    worker_name: (v) => activePool(v.pools)?.worker,
    power_consumption: (v) =>
      powerOf(v) ?? amount(v.answers.first("power", "POWER")?.Watts) ?? amount(v.old?.["PSU Input Power"]),
    power_source: (v) => (amount(v.old?.["PSU Input Power"]) === null ? null : "measured"),
    status: statusOf,
    faults: (v) => (v.tellsBoards ? faultsOf(v, statusOf(v) === "hashing") : null),
    boards: (v) => nonEmpty(boardsOf(v)),
    pools: (v) => nonEmpty(v.pools),
    model: modelOf,
    firmware: firmwareOf,
    mac: (v) => mac(v.old?.MAC),
    serial: () => null,
  },
});

function recognise(answers: Answers, notes: Notes): { name: string | null; maker: string | null } {
  const said = JSON.stringify([
    answers.first("version", "VERSION"),
    answers.all("stats", "STATS")[0],
    [...answers.replies.values()].map((reply) => reply.description),
  ]).toUpperCase();
  const found = RECOGNISED.find(([mark]) => mark.test(said));
  if (found)
    notes.warn("generic_driver", `${found[1]} is read by the general driver: some of its figures are left out`);
  return { name: found?.[1] ?? null, maker: found?.[2] ?? null };
}

/** VNish tells its state in a word; all others show it as Bitmain's machines do. */
const STATES = new Map<unknown, WorkStatus>([
  ["mining", "hashing"],
  ["initializing", "starting"],
  ["starting", "starting"],
  ["auto-tuning", "starting"],
  ["restarting", "starting"],
  ["shutting-down", "idle"],
  ["stopped", "idle"],
  ["failure", "fault"],
]);
function statusOf(v: View): WorkStatus | null {
  return STATES.get(v.old?.state) ?? antminerStatus(v);
}

const nonEmpty = <T>(list: readonly T[]): T[] | null => (list.length > 0 ? [...list] : null);

/** Boards of the stats, else as `devs` lists them. */
function boardsOf(v: View): Board[] {
  return v.boards.length > 0 ? v.boards : devicesOf(v);
}

function devicesOf(v: View): Board[] {
  const devices = v.answers.all("devs", "DEVS");
  const unit = unitOfDevices(devices, v);
  const chips = v.answers.all("temps", "TEMPS");
  return devices.map((device, position) => {
    const slot = count(device.ID ?? device.ASC) ?? position;
    const sensors = chips.find((one) => count(one.ID) === slot);
    const chip = warmCelsius(sensors?.Chip);
    return {
      slot,
      hashrate_ghs: unit === null ? null : namedHashrate(device, ["MHS av", "MHS 5s"], unit),
      temperature_board: warmCelsius(sensors?.Board) ?? warmCelsius(device.Temperature),
      temperature_chips: chip === null ? null : [chip],
      hardware_errors: count(device["Hardware Errors"]),
      serial: text(device.SerialNumber),
    };
  });
}

/** Some firmwares write GH/s under `MHS` in `devs`: the machine's own rate tells which; null where neither fits. */
function unitOfDevices(devices: readonly Fields[], v: View) {
  const total = sum(devices.map((device) => namedHashrate(device, ["MHS av", "MHS 5s"])));
  const rate = v.rateAverage ?? v.rate5s;
  if (total === null || total === 0 || rate === null || rate === 0) return megahashes;
  if (total > rate / 5 && total < rate * 5) return megahashes;
  return total * 1_000 > rate / 5 && total * 1_000 < rate * 5 ? gigahashes : null;
}

function listedFans(answers: Answers): number[] | null {
  return nonEmpty(
    answers
      .all("fans", "FANS")
      .map((fan) => amount(fan.RPM))
      .filter((speed) => speed !== null),
  );
}

function modelOf(v: View): string | null {
  if (v.model !== null) return text(v.model.replace(/\s*(?:\(vnish[^)]*\)|hiveon)$/i, ""));
  const detail = v.answers.first("devdetails", "DEVDETAILS");
  const named = [v.old?.Model, detail?.Model, detail?.Name].map((raw) => text(raw));
  return named.find((name) => name !== null && /[a-z]/i.test(name)) ?? null;
}

/** The firmware's name before its version, since "4.11.1" alone says nothing. */
function firmwareOf(v: View): string | null {
  const version = v.answers.first("version", "VERSION");
  const own = ["LUXminer", "BOSminer", "BOSer", "BDMiner", "GCMiner"]
    .map((key) => text(version?.[key]))
    .find((one) => one !== null);
  const told = own ?? text(v.old?.build_version ?? v.old?.Firmware) ?? v.firmware ?? text(version?.CGMiner);
  if (v.name === null || told === null) return told ?? v.name;
  return text(`${v.name} ${told}`);
}
