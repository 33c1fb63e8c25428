import type { Board, Fault, Gigahashes, Pool } from "@banksman/wire/model";
import { gigahashes, megahashes } from "@banksman/wire/model";
import type { Answers } from "../answers.ts";
import type { Fields } from "../decode/reply.ts";
import { boardMissing, stoppedFans, toldFault } from "../faults/fault.ts";
import { hashrate, namedHashrate } from "../read/hashrate.ts";
import { amount, count } from "../read/number.ts";
import { at, listOf, positive } from "../read/pick.ts";
import { warmCelsius } from "../read/sensors.ts";
import { text } from "../read/text.ts";
import { deviceBoards, listedFans } from "./device-boards.ts";
import { readPools } from "./pools.ts";

/** What Braiins OS is asked on the web. The query names only members that versions from 21.09 to 25.05 all have. */
export const BRAIINS = {
  details: "/api/v1/miner/details",
  stats: "/api/v1/miner/stats",
  boards: "/api/v1/miner/hw/hashboards",
  cooling: "/api/v1/cooling/state",
  pools: "/api/v1/pools",
  errors: "/api/v1/miner/errors",
  luci: "/cgi-bin/luci/admin/network/iface_status/lan",
  graphql: "/graphql",
  query:
    "{ bos { hostname info { version { full } } uptime { durationS } } bosminer { info { fans { name rpm speed } " +
    "summary { power { approxConsumptionW limitW } } workSolver { realHashrate { mhs5S } nominalMhs childSolvers { " +
    "name realHashrate { mhs5S } nominalMhs hwDetails { chips frequencyMhz voltageV } temperatures { degreesC name } } } " +
    "poolGroups { name pools { active url user status shares { acceptedSolutions rejectedSolutions } } } } } }",
} as const;

/** What it tells in any of its tongues; `gql` is the `data` of GraphQL, `gqlInfo` its `bosminer.info`. */
export type BraiinsView = {
  version: Fields | undefined;
  summary: Fields | undefined;
  tuner: Fields | undefined;
  details: Fields | undefined;
  stats: Fields | undefined;
  errors: readonly Fields[] | null;
  gql: Fields | undefined;
  gqlInfo: Fields | undefined;
  luci: Fields | undefined;
  model: string | null;
  boards: Board[];
  fans: number[] | null;
  pools: Pool[];
};

export function braiinsView(answers: Answers): BraiinsView {
  const body = (path: string) => (answers.ok(path) ? answers.get(path)?.body : undefined);
  const summary = answers.first("summary", "SUMMARY");
  const gql = at(body(BRAIINS.graphql), "data");
  const gqlInfo = at(gql, "bosminer", "info");
  const own = deviceBoards(answers, namedHashrate(summary, ["MHS av", "GHS av", "MHS 5s", "GHS 5s"]));
  const restBoards = listOf(body(BRAIINS.boards)?.hashboards).map(restBoard);
  const gqlBoards = listOf(at(gqlInfo, "workSolver")?.childSolvers).map(gqlBoard);
  return {
    version: answers.first("version", "VERSION"),
    summary,
    tuner: answers.first("tunerstatus", "TUNERSTATUS"),
    details: body(BRAIINS.details),
    stats: body(BRAIINS.stats),
    errors: body(BRAIINS.errors) ? listOf(body(BRAIINS.errors)?.errors) : null,
    gql,
    gqlInfo,
    luci: listOf(body(BRAIINS.luci)?.list)[0],
    model: namedModel(answers),
    boards: [restBoards, gqlBoards, own].find((boards) => boards.length > 0) ?? [],
    fans: turning(body(BRAIINS.cooling)?.fans) ?? turning(gqlInfo?.fans) ?? listedFans(answers),
    pools: poolsOf(answers, gqlInfo),
  };
}

function namedModel(answers: Answers): string | null {
  const named = answers.all("devdetails", "DEVDETAILS").map((one) => text(one.Model));
  return named.find((name) => name !== null && /[a-z]/i.test(name)) ?? null;
}

const perSecond = (one: Fields | undefined): Gigahashes | null =>
  hashrate(one?.gigahash_per_second, gigahashes) ?? hashrate(one?.megahash_per_second, megahashes);

/** A window of the machine's rate as REST tells it; GraphQL has only the shortest one. */
export function rateOf(v: BraiinsView, window: "last_5s" | "since_restart"): Gigahashes | null {
  const rest = perSecond(at(v.stats, "miner_stats", "real_hashrate", window));
  if (rest !== null || window !== "last_5s") return rest;
  return hashrate(at(v.gqlInfo, "workSolver", "realHashrate")?.mhs5S, megahashes);
}

/** What the machine should do at its present clock. */
export const nominalOf = (v: BraiinsView): Gigahashes | null =>
  positive(perSecond(at(v.stats, "miner_stats", "nominal_hashrate"))) ??
  positive(hashrate(at(v.gqlInfo, "workSolver")?.nominalMhs, megahashes));

function restBoard(board: Fields, place: number): Board {
  const chip = warmCelsius(at(board, "highest_chip_temp", "temperature")?.degree_c);
  const hertz = amount(at(board, "current_frequency")?.hertz);
  return {
    slot: count(board.id) ?? place + 1,
    hashrate_ghs: perSecond(at(board, "stats", "real_hashrate", "last_5s")),
    expected_hashrate_ghs: positive(perSecond(at(board, "stats", "nominal_hashrate"))),
    chips: count(board.chips_count),
    temperature_board: warmCelsius(at(board, "board_temp")?.degree_c),
    temperature_chips: chip === null ? null : [chip],
    frequency: hertz === null || hertz === 0 ? null : hertz / 1e6,
    voltage: positive(amount(at(board, "current_voltage")?.volt)),
    serial: text(board.serial_number),
  };
}

/** Sensors are told by name: `Board` and `Chip`, later `Max Board`, `MAX_CHIP`. */
function gqlBoard(board: Fields, place: number): Board {
  const hardware = at(board, "hwDetails");
  const sensor = (name: RegExp) =>
    warmCelsius(listOf(board.temperatures).find((one) => name.test(text(one.name) ?? ""))?.degreesC);
  const chip = sensor(/chip/i);
  return {
    slot: count(board.name) ?? place,
    hashrate_ghs: hashrate(at(board, "realHashrate")?.mhs5S, megahashes),
    expected_hashrate_ghs: positive(hashrate(board.nominalMhs, megahashes)),
    chips: count(hardware?.chips),
    temperature_board: sensor(/board/i),
    temperature_chips: chip === null ? null : [chip],
    frequency: positive(amount(hardware?.frequencyMhz)),
    voltage: positive(amount(hardware?.voltageV)),
    serial: text(hardware?.hbSerialNumber),
  };
}

/** It has four places for fans, of which an S9 uses two: those at 0 behind the last that turns are empty. */
function turning(fans: unknown): number[] | null {
  const speeds = listOf(fans).map((fan) => amount(fan.rpm) ?? 0);
  if (speeds.length === 0) return null;
  const last = speeds.findLastIndex((speed) => speed > 0);
  return speeds.slice(0, last + 1);
}

function poolsOf(answers: Answers, gqlInfo: Fields | undefined): Pool[] {
  const listed = answers.all("pools", "POOLS");
  if (listed.length > 0) return readPools(listed);
  const rest = answers.ok(BRAIINS.pools) ? answers.get(BRAIINS.pools)?.body.list : undefined;
  const groups = rest === undefined ? listOf(gqlInfo?.poolGroups) : listOf(rest);
  return groups
    .flatMap((group) => listOf(group.pools))
    .flatMap((pool, priority): Pool[] => {
      const url = text(pool.url, 500);
      if (url === null) return [];
      const shares = at(pool, "stats") ?? at(pool, "shares");
      return [
        {
          url,
          worker: text(pool.user, 256),
          status: statusOf(pool),
          active: pool.active === true,
          priority,
          accepted: count(shares?.accepted_shares ?? shares?.acceptedSolutions),
          rejected: count(shares?.rejected_shares ?? shares?.rejectedSolutions),
          stale: count(shares?.stale_shares),
          dev_fee: false,
        },
      ];
    });
}

function statusOf(pool: Fields): Pool["status"] {
  if (pool.enabled === false) return "disabled";
  if (typeof pool.alive === "boolean") return pool.alive ? "alive" : "dead";
  const status = text(pool.status)?.toLowerCase();
  return status === "alive" || status === "dead" || status === "disabled" ? status : "unknown";
}

/** What is broken now. The list of errors goes back for months and in no order: only this run's count, each once. */
export function braiinsFaults(v: BraiinsView, hashing: boolean): Fault[] | null {
  const lost = hashing ? v.boards.filter((board) => board.chips === 0) : [];
  const parts = [...lost.map((board) => boardMissing(board.slot)), ...(hashing ? stoppedFans(v.fans) : [])];
  // Without the errors a reading in between would take them back: the last ones are kept.
  if (v.errors === null) return v.details && parts.length === 0 ? null : parts;
  const seen = new Map<string, Fault>();
  for (const error of v.errors) {
    const message = text(error.message, 500);
    if (message === null || !isOfThisRun(error, v)) continue;
    const known = listOf(error.error_codes)[0];
    const code = text(known?.code, 64) ?? "error";
    const reason = text(known?.reason, 200);
    const words = reason === null ? message : `${reason}: ${message}`;
    seen.set(message, toldFault(code, known ? "severe" : "warning", words, { hint: text(known?.hint, 500) }));
  }
  return [...parts, ...seen.values()];
}

/** The device tells no clock but that of its last share. */
function isOfThisRun(error: Fields, v: BraiinsView): boolean {
  const now = amount(at(v.stats, "pool_stats", "last_share_time")?.seconds);
  const uptime = amount(v.details?.bosminer_uptime_s);
  const when = Date.parse(text(error.timestamp) ?? "") / 1_000;
  return now !== null && uptime !== null && when >= now - uptime;
}
