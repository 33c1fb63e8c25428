import type { Sample } from "@banksman/rules";
import { healthOf, type Reading, TargetKind } from "@banksman/wire/model";
import { z } from "zod";

/** A reading with when it counts, in the evaluation's own time. */
export type TimedReading = { reading: Reading; at: number };

const known = (values: readonly (number | null)[] | null | undefined): number[] =>
  (values ?? []).filter((value) => value !== null);
const least = (values: readonly number[]): number | null => (values.length === 0 ? null : Math.min(...values));
const greatest = (values: readonly number[]): number | null => (values.length === 0 ? null : Math.max(...values));
const sumOf = (values: readonly (number | null | undefined)[]): number | null => {
  const told = values.filter((value) => value != null);
  return told.length === 0 ? null : told.reduce((sum, value) => sum + value, 0);
};

/** The host of a pool's address such as stratum+tcp://host:port; null when there is none. */
export function hostOf(url: string | null | undefined): string | null {
  const host = /^(?:[\w+.-]+:\/\/)?(?:[^@/]*@)?([^:/?#\s]+)/.exec(url ?? "")?.[1];
  return host ? host.toLowerCase() : null;
}

/** Whether a host is on a list, or below a name on it. */
const isOn = (list: readonly string[], host: string): boolean =>
  list.some((allowed) => host === allowed || host.endsWith(`.${allowed}`));

function boardFigures({ boards }: Reading) {
  if (!boards) return {};
  return {
    boards: boards.length,
    boards_dead: boards.filter(({ hashrate_ghs, chips }) => hashrate_ghs === 0 || chips === 0).length,
    chips: sumOf(boards.map(({ chips }) => chips)),
    chips_expected: sumOf(boards.map(({ chips_expected }) => chips_expected)),
    chips_bad: sumOf(boards.map(({ chips_bad }) => chips_bad)),
  };
}

function poolFigures({ pool_url, pools }: Reading, allowed: readonly string[] | undefined) {
  const host = hostOf(pool_url);
  const own = pools?.filter(({ dev_fee }) => !dev_fee);
  return {
    pool_host: host,
    pool_allowed: allowed && allowed.length > 0 && host !== null ? isOn(allowed, host) : null,
    pools_alive: own && own.length > 0 ? own.filter(({ status }) => status === "alive").length : null,
  };
}

/** What a reading tells rules; `expected` stands in for the nameplate of a miner that is away. */
export function minerSample(
  siteId: string,
  { reading, at }: TimedReading,
  allowed: readonly string[] | undefined,
  expected: number | null,
): Sample {
  const {
    miner_id,
    rack,
    temperature_chips,
    fan_speeds,
    faults,
    boards: _boards,
    pools: _pools,
    raw: _raw,
    ...rest
  } = reading;
  const { warnings: _warnings, collected_at: _at, ...plain } = rest;
  const [chips, fans] = [known(temperature_chips), known(fan_speeds)];
  return {
    target: { kind: "miner", site_id: siteId, id: miner_id, rack: rack ?? null },
    at,
    figures: {
      ...plain,
      site_id: siteId,
      miner_id,
      rack,
      health: healthOf(reading),
      expected_hashrate_ghs: reading.expected_hashrate_ghs ?? expected,
      temperature_chip_max: greatest(chips),
      temperature_chip_min: least(chips),
      fans: fans.length === 0 ? null : fans.length,
      fan_min: least(fans),
      fan_max: greatest(fans),
      fans_stopped: fans.length === 0 ? null : fans.filter((speed) => speed === 0).length,
      fault_count: faults?.length ?? null,
      fault_codes: faults?.map(({ code }) => code) ?? null,
      ...boardFigures(reading),
      ...poolFigures(reading, allowed),
    },
  };
}

/** A sample on its way to the server that evaluates. */
export const WireSample = z.object({
  target: z.object({
    kind: TargetKind,
    site_id: z.string().nullable(),
    id: z.string(),
    rack: z.string().nullish(),
    container: z.string().nullish(),
  }),
  at: z.number(),
  /** JSON knows no Infinity: null is for ever. */
  holdsMs: z.number().nullish(),
  figures: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.array(z.string()), z.null()])),
});
export const WireSamples = z.array(WireSample);

export const fromWire = ({ holdsMs, ...sample }: z.output<typeof WireSample>): Sample => ({
  ...sample,
  ...(holdsMs === undefined ? {} : { holdsMs: holdsMs ?? Number.POSITIVE_INFINITY }),
});
