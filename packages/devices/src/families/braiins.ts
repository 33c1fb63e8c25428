import type { WorkStatus } from "@banksman/wire/model";
import { braiinsCommands } from "../commands/braiins.ts";
import { defineFamily } from "../family.ts";
import { namedHashrate } from "../read/hashrate.ts";
import { amount, count, greatest, mean, sum } from "../read/number.ts";
import { at, nonEmpty } from "../read/pick.ts";
import { mac, text } from "../read/text.ts";
import { allChips, hottestParts } from "../shapes/antminer-boards.ts";
import { namedFirmware, positiveWatts } from "../shapes/antminer-fields.ts";
import { BRAIINS, type BraiinsView, braiinsFaults, braiinsView, nominalOf, rateOf } from "../shapes/braiins-view.ts";
import { activePool, ownShares } from "../shapes/pools.ts";

const answersDetails = (answers: Parameters<typeof braiinsView>[0]) => answers.ok(BRAIINS.details);

/**
 * Braiins OS in its three tongues: BOSminer's cgminer API on 4028, GraphQL on the web until 2025, REST from 25.07 on,
 * which asks for a login. Its windows are divided by the whole window even where the machine runs for less, so that only
 * the shortest one counts.
 */
export const braiins = defineFamily<BraiinsView>({
  id: "braiins",
  title: "Antminer with Braiins OS",
  make: "Antminer",
  types: ["braiins", "bos", "bosminer"],
  transport: "cgminer",
  web: {
    factory: { username: "root", password: "root" },
    login: {
      request: (credentials) => ({
        method: "POST",
        path: "/api/v1/auth/login",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(credentials),
      }),
      session: ({ text: reply }) => {
        const token = /"token"\s*:\s*"([^"]+)"/.exec(reply)?.[1];
        return token === undefined ? null : { Authorization: token };
      },
    },
  },
  claims: ({ text: said, page, answers }) =>
    /BOSMINER|BOSER/.test(said) ||
    /BRAIINS OS|BRAIINSOS/.test(page) ||
    at(answers.get(BRAIINS.details)?.body, "bos_version") !== undefined,
  live: [
    { command: "version", optional: true },
    { command: "summary", optional: true },
    { command: "devs", optional: true },
    { command: "pools" },
    { command: "temps", optional: true },
    { command: "fans", optional: true },
    { command: "tunerstatus", optional: true },
    { command: "devdetails", optional: true },
    { command: BRAIINS.details, optional: true },
    { command: BRAIINS.stats, optional: true, when: answersDetails },
    { command: BRAIINS.boards, optional: true, when: answersDetails },
    { command: BRAIINS.cooling, optional: true, when: answersDetails },
    { command: BRAIINS.pools, optional: true, when: answersDetails },
    {
      command: BRAIINS.graphql,
      body: { query: BRAIINS.query },
      optional: true,
      when: (answers) => !answersDetails(answers),
    },
  ],
  identity: [{ command: BRAIINS.luci }],
  slow: { asks: [{ command: BRAIINS.errors }], fields: ["faults"] },
  view: braiinsView,
  fields: {
    hashrate_ghs: (v) =>
      rateOf(v, "since_restart") ?? namedHashrate(v.summary, ["MHS av", "GHS av"]) ?? rateOf(v, "last_5s"),
    hashrate_5s_ghs: (v) => rateOf(v, "last_5s") ?? namedHashrate(v.summary, ["MHS 5s", "GHS 5s"]),
    expected_hashrate_ghs: (v) => nominalOf(v) ?? sum(v.boards.map((board) => board.expected_hashrate_ghs)),
    temperature_avg: (v) => mean(hottestParts(v.boards)),
    temperature_max: (v) => greatest(hottestParts(v.boards)),
    temperature_chips: (v) => allChips(v.boards),
    fan_speeds: (v) => v.fans,
    frequency_avg: (v) => mean(v.boards.map((board) => board.frequency)),
    accepted_shares: (v) => ownShares(v.pools, "accepted", v.summary?.Accepted),
    rejected_shares: (v) => ownShares(v.pools, "rejected", v.summary?.Rejected),
    hardware_errors: (v) => count(v.summary?.["Hardware Errors"]),
    uptime_seconds: (v) =>
      amount(v.summary?.Elapsed) ??
      amount(v.details?.bosminer_uptime_s) ??
      amount(at(v.gql, "bos", "uptime")?.durationS),
    pool_url: (v) => activePool(v.pools)?.url,
    worker_name: (v) => activePool(v.pools)?.worker,
    power_consumption: (v) =>
      positiveWatts(at(v.stats, "power_stats", "approximated_consumption")?.watt) ??
      positiveWatts(at(v.gqlInfo, "summary", "power")?.approxConsumptionW) ??
      positiveWatts(v.tuner?.ApproximateMinerPowerConsumption),
    status: statusOf,
    faults: (v) => braiinsFaults(v, statusOf(v) === "hashing"),
    boards: (v) => nonEmpty(v.boards),
    pools: (v) => nonEmpty(v.pools),
    model: (v) => {
      const identity = at(v.details, "miner_identity");
      return text(identity?.name) ?? text(identity?.miner_model) ?? v.model;
    },
    firmware: (v) =>
      namedFirmware(
        "Braiins OS",
        at(v.details, "bos_version")?.current ??
          at(v.gql, "bos", "info", "version")?.full ??
          v.version?.["BOSminer+"] ??
          v.version?.BOSminer ??
          v.version?.BOSer,
      ),
    mac: (v) => mac(v.details?.mac_address) ?? mac(v.luci?.macaddr),
    serial: (v) => text(v.details?.serial_number),
  },
  commands: braiinsCommands,
});

/** The states of `miner/details`: 1 not started, 2 normal, 3 paused, 4 suspended by a fault, 5 restricted and hashing. */
const STATES = new Map<number | null, WorkStatus>([
  [1, "starting"],
  [3, "sleeping"],
  [4, "fault"],
]);

/** A machine that hasn't hashed for so long after its start isn't starting any more. */
const STARTING_SECONDS = 300;

function statusOf(v: BraiinsView): WorkStatus | null {
  const told = STATES.get(count(v.details?.status));
  if (told) return told;
  const rate = rateOf(v, "last_5s") ?? namedHashrate(v.summary, ["MHS 5s", "GHS 5s", "MHS av", "GHS av"]);
  if (rate === null) return null;
  if (rate > 0) return "hashing";
  const uptime = amount(v.summary?.Elapsed) ?? amount(v.details?.bosminer_uptime_s) ?? 0;
  return uptime < STARTING_SECONDS ? "starting" : "idle";
}
