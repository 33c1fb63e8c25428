import type { Board, Pool, WorkStatus } from "@banksman/wire/model";
import type { Answers } from "../answers.ts";
import type { Fields } from "../decode/reply.ts";
import { defineFamily } from "../family.ts";
import { boardMissing, stoppedFans } from "../faults/fault.ts";
import { namedHashrate } from "../read/hashrate.ts";
import { amount, count, greatest, mean, sum } from "../read/number.ts";
import { text } from "../read/text.ts";
import { allChips, hottestParts } from "../shapes/antminer-boards.ts";
import { namedFirmware, positiveWatts } from "../shapes/antminer-fields.ts";
import { deviceBoards, listedFans } from "../shapes/device-boards.ts";
import { activePool, ownShares, readPools } from "../shapes/pools.ts";

type View = {
  answers: Answers;
  summary: Fields | undefined;
  boards: Board[];
  fans: number[] | null;
  pools: Pool[];
};

/**
 * Braiins OS: BOSminer's cgminer API on 4028. Its windows are divided by the whole window even where the machine runs
 * for less, so that only the shortest one counts.
 */
export const braiins = defineFamily<View>({
  id: "braiins",
  title: "Antminer with Braiins OS",
  make: "Antminer",
  types: ["braiins", "bos", "bosminer"],
  transport: "cgminer",
  claims: ({ text: said }) => /BOSMINER|BOSER|BRAIINS OS/.test(said),
  live: [
    { command: "version", optional: true },
    { command: "summary" },
    { command: "devs", optional: true },
    { command: "pools" },
    { command: "temps", optional: true },
    { command: "fans", optional: true },
    { command: "tunerstatus", optional: true },
    { command: "devdetails", optional: true },
  ],
  identity: [],
  view: (answers) => {
    const summary = answers.first("summary", "SUMMARY");
    return {
      answers,
      summary,
      boards: deviceBoards(answers, namedHashrate(summary, ["MHS av", "MHS 5s"])),
      fans: listedFans(answers),
      pools: readPools(answers.all("pools", "POOLS")),
    };
  },
  fields: {
    hashrate_ghs: (v) => namedHashrate(v.summary, ["MHS av", "GHS av"]),
    hashrate_5s_ghs: (v) => namedHashrate(v.summary, ["MHS 5s", "GHS 5s"]),
    expected_hashrate_ghs: (v) => sum(v.boards.map((board) => board.expected_hashrate_ghs)),
    temperature_avg: (v) => mean(hottestParts(v.boards)),
    temperature_max: (v) => greatest(hottestParts(v.boards)),
    temperature_chips: (v) => allChips(v.boards),
    fan_speeds: (v) => v.fans,
    frequency_avg: (v) => mean(v.boards.map((board) => board.frequency)),
    accepted_shares: (v) => ownShares(v.pools, "accepted", v.summary?.Accepted),
    rejected_shares: (v) => ownShares(v.pools, "rejected", v.summary?.Rejected),
    hardware_errors: (v) => count(v.summary?.["Hardware Errors"]),
    uptime_seconds: (v) => amount(v.summary?.Elapsed),
    pool_url: (v) => activePool(v.pools)?.url,
    worker_name: (v) => activePool(v.pools)?.worker,
    power_consumption: (v) => positiveWatts(tunerOf(v)?.ApproximateMinerPowerConsumption),
    status: statusOf,
    faults: (v) => (statusOf(v) === "hashing" ? faultsOf(v) : []),
    boards: (v) => (v.boards.length > 0 ? v.boards : null),
    pools: (v) => (v.pools.length > 0 ? v.pools : null),
    model: modelOf,
    firmware: (v) => {
      const version = v.answers.first("version", "VERSION");
      return namedFirmware("Braiins OS", version?.["BOSminer+"] ?? version?.BOSminer ?? version?.BOSer);
    },
  },
});

const tunerOf = (v: View) => v.answers.first("tunerstatus", "TUNERSTATUS");

function modelOf(v: View): string | null {
  const named = v.answers.all("devdetails", "DEVDETAILS").map((one) => text(one.Model));
  return named.find((name) => name !== null && /[a-z]/i.test(name)) ?? null;
}

/** A machine that hasn't hashed for so long after its start isn't starting any more. */
const STARTING_SECONDS = 300;

function statusOf(v: View): WorkStatus | null {
  const rate = namedHashrate(v.summary, ["MHS 5s", "MHS av"]);
  if (rate === null) return null;
  if (rate > 0) return "hashing";
  return (amount(v.summary?.Elapsed) ?? 0) < STARTING_SECONDS ? "starting" : "idle";
}

const faultsOf = (v: View) => [
  ...v.boards.filter((board) => board.chips === 0).map((board) => boardMissing(board.slot)),
  ...stoppedFans(v.fans),
];
