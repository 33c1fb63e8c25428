import type { Board, Fault, Pool, WorkStatus } from "@banksman/wire/model";
import { gigahashes } from "@banksman/wire/model";
import type { Answers } from "../answers.ts";
import { vnishCommands } from "../commands/vnish.ts";
import type { Fields } from "../decode/reply.ts";
import { defineFamily } from "../family.ts";
import { toldFault } from "../faults/fault.ts";
import { hashrate } from "../read/hashrate.ts";
import { amount, count, greatest, mean } from "../read/number.ts";
import { at, listOf, nonEmpty, positive } from "../read/pick.ts";
import { warmCelsius } from "../read/sensors.ts";
import { mac, text } from "../read/text.ts";
import { allChips, hottestParts, totalHardwareErrors } from "../shapes/antminer-boards.ts";
import { antminerFields, bareModel, namedFirmware, positiveWatts } from "../shapes/antminer-fields.ts";
import { antminerStatus } from "../shapes/antminer-status.ts";
import { type AntminerView, antminerView, faultsOf, powerOf } from "../shapes/antminer-view.ts";
import { readPools } from "../shapes/pools.ts";

const SUMMARY = "/api/v1/summary";
const INFO = "/api/v1/info";

/** `rest` is the `miner` record of its REST summary; `info` tells what doesn't change. */
type View = AntminerView & { rest: Fields | undefined; info: Fields | undefined };

/** Its state in a word; where that is missing, it shows as on Bitmain's machines. */
const STATES = new Map<string, WorkStatus>([
  ["mining", "hashing"],
  ["initializing", "starting"],
  ["starting", "starting"],
  ["auto-tuning", "hashing"],
  ["restarting", "starting"],
  ["shutting-down", "idle"],
  // It stops when told to; of its own accord it fails.
  ["stopped", "sleeping"],
  ["failure", "fault"],
]);

/**
 * VNish on Antminer hardware: Bitmain's old shape on 4028 with the state in words, and REST on the web, which alone
 * tells the power. Its fee is a pool of its own, and the shares of the summary count that one's too.
 */
export const vnish = defineFamily<View>({
  id: "vnish",
  title: "Antminer with VNish",
  make: "Antminer",
  types: ["vnish", "anthillos"],
  transport: "cgminer",
  web: {
    factory: { username: "", password: "admin" },
    login: {
      request: ({ password }) => ({
        method: "POST",
        path: "/api/v1/unlock",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ pw: password }),
      }),
      session: ({ text: reply }) => {
        const token = /"token"\s*:\s*"([^"]+)"/.exec(reply)?.[1];
        return token === undefined ? null : { Authorization: `Bearer ${token}` };
      },
    },
  },
  claims: ({ text: said, page }) => /VNISH/.test(said) || /ANTHILLOS|ANTHILL OS/.test(page),
  live: [
    { command: "version", optional: true },
    { command: "summary" },
    { command: "stats", optional: true },
    { command: "pools" },
    { command: SUMMARY, optional: true },
  ],
  identity: [{ command: INFO }],
  view: vnishView,
  fields: {
    ...antminerFields,
    hashrate_ghs: (v) => v.rateAverage ?? hashrate(v.rest?.hr_average ?? v.rest?.hr_realtime, gigahashes),
    hashrate_5s_ghs: (v) => v.rate5s ?? hashrate(v.rest?.hr_realtime, gigahashes),
    expected_hashrate_ghs: (v) =>
      v.rateIdeal ??
      positive(hashrate(v.rest?.hr_nominal, gigahashes)) ??
      positive(hashrate(v.rest?.hr_stock, gigahashes)),
    temperature_avg: (v) => mean(hottestParts(v.boards)),
    temperature_max: (v) => greatest(hottestParts(v.boards)),
    temperature_chips: (v) => allChips(v.boards),
    fan_speeds: (v) => v.fans ?? restFans(v.rest),
    hardware_errors: (v) =>
      totalHardwareErrors(v.boards) ?? count(v.summary?.["Hardware Errors"]) ?? count(v.rest?.hw_errors),
    power_consumption: (v) =>
      positiveWatts(v.rest?.power_consumption) ?? positiveWatts(v.rest?.power_usage) ?? powerOf(v),
    status: statusOf,
    faults: vnishFaults,
    model: (v) => bareModel(v.model) ?? text(v.info?.miner) ?? bareModel(text(v.rest?.miner_type)),
    firmware: firmwareOf,
    mac: (v) => mac(at(v.info, "system", "network_status")?.mac),
    serial: (v) => text(v.info?.serial),
  },
  commands: vnishCommands,
});

function vnishView(answers: Answers, notes: Parameters<typeof antminerView>[1]): View {
  const view = antminerView(answers, notes);
  const rest = at(answers.get(SUMMARY)?.body, "miner");
  return {
    ...view,
    rest,
    info: answers.ok(INFO) ? answers.get(INFO)?.body : undefined,
    boards: view.boards.length > 0 ? view.boards : listOf(rest?.chains).map(restBoard),
    pools: view.pools.length > 0 ? view.pools : restPools(rest),
  };
}

/** Null between two askings of `info` where that alone tells it, so that the version told last is kept. */
function firmwareOf(v: View): string | null {
  const versions = [v.old?.build_version, versionOf(v.model), v.info?.fw_version, v.firmware];
  return versions.every((version) => text(version) === null) && !v.info ? null : namedFirmware("VNish", ...versions);
}

/** `Antminer S19 XP (Vnish 1.2.0-rc1)` */
const versionOf = (model: string | null) => text(/\(vnish\s+([^)]+)\)/i.exec(model ?? "")?.[1]);

function restBoard(chain: Fields, place: number): Board {
  const chips = [at(chain, "chip_temp")?.min, at(chain, "chip_temp")?.max].map(warmCelsius);
  const millivolts = amount(chain.voltage);
  return {
    slot: count(chain.id) ?? place + 1,
    hashrate_ghs: hashrate(chain.hashrate_rt ?? chain.hr_realtime, gigahashes),
    expected_hashrate_ghs: hashrate(chain.hashrate_ideal ?? chain.hr_nominal, gigahashes),
    temperature_board: warmCelsius(at(chain, "pcb_temp")?.max),
    temperature_chips: chips.some((value) => value !== null) ? chips : null,
    frequency: positive(amount(chain.frequency ?? chain.freq)),
    voltage: millivolts === null ? null : millivolts > 100 ? millivolts / 1_000 : millivolts,
    hardware_errors: count(chain.hw_errors),
    serial: text(chain.serial),
  };
}

const restFans = (rest: Fields | undefined): number[] | null =>
  nonEmpty(
    listOf(at(rest, "cooling")?.fans)
      .map((fan) => amount(fan.rpm))
      .filter((speed) => speed !== null),
  );

/** The fee's pool says so in its type; `active` and `working` are the same to it. */
function restPools(rest: Fields | undefined): Pool[] {
  return listOf(rest?.pools).flatMap((pool) =>
    readPools([pool]).map((read) => ({
      ...read,
      active: /^(?:active|working)$/i.test(text(pool.status) ?? ""),
      accepted: count(pool.accepted),
      rejected: count(pool.rejected),
      stale: count(pool.stale),
      dev_fee: read.dev_fee || /dev/i.test(text(pool.pool_type) ?? ""),
    })),
  );
}

function stateOf(v: View): string | null {
  const told = text(v.old?.state) ?? text(at(v.rest, "miner_status")?.miner_state);
  return told?.toLowerCase().replaceAll("_", "-") ?? null;
}

/** A machine that tunes itself hashes while it does. */
function statusOf(v: View): WorkStatus | null {
  const told = STATES.get(stateOf(v) ?? "");
  const rate = v.rate5s ?? v.rateAverage ?? amount(v.rest?.hr_realtime) ?? 0;
  if (told === "hashing" && rate === 0) return "starting";
  return told ?? antminerStatus(v);
}

function vnishFaults(v: View): Fault[] | null {
  if (!v.tellsBoards && !v.rest) return null;
  const failed = stateOf(v) === "failure";
  const words = text(at(v.rest, "miner_status")?.description, 500) ?? "the miner has stopped itself after a failure";
  return [...(failed ? [toldFault("failure", "urgent", words)] : []), ...faultsOf(v, statusOf(v) === "hashing")];
}
