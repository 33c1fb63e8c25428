import { ConfigErrors } from "@banksman/kit";
import type { DriverOptions, EdgeConfig, MinerEntry, RangeEntry } from "./config.ts";
import { addressesOf } from "./ipv4.ts";

/** One miner to read, from whichever part of the configuration. */
export type MinerSpec = {
  id: string;
  host: string;
  port: number;
  type: string;
  options?: DriverOptions;
  credentials?: MinerEntry["credentials"];
  rack?: string;
  position?: string;
};

type Listed = MinerSpec & { from: string };

const CLASHES_SHOWN = 20;

/**
 * All configured miners. An explicit miner wins over a range's entry with the same address or id; two explicit ones,
 * or two ranges, must not clash. Two miners behind one address differ by port. Throws CONFIG_INVALID naming each clash.
 */
export function listMiners(config: Pick<EdgeConfig, "miners" | "ip_ranges">, where: string): MinerSpec[] {
  const explicit = config.miners.map((entry, index) => fromMiner(entry, `miners[${index}]`));
  const ranged = config.ip_ranges.flatMap((entry, index) => fromRange(entry, `ip_ranges[${index}]`));
  const clashes: string[] = [];
  const ids = new Map<string, Listed>();
  const addresses = new Map<string, Listed>();
  for (const [group, canYield] of [
    [explicit, false],
    [ranged, true],
  ] as const) {
    for (const miner of group) {
      const other = ids.get(miner.id) ?? addresses.get(addressOf(miner));
      if (!other) {
        ids.set(miner.id, miner);
        addresses.set(addressOf(miner), miner);
      } else if (!(canYield && other.from.startsWith("miners"))) {
        clashes.push(describeClash(other, miner));
      }
    }
  }
  if (clashes.length > 0) throw ConfigErrors.INVALID(where, shown(clashes));
  return [...ids.values()].map(({ from: _from, ...miner }) => miner);
}

const addressOf = (miner: MinerSpec) => `${miner.host}:${miner.port}`;

const shown = (clashes: string[]) => {
  const more = clashes.length - CLASHES_SHOWN;
  return [...clashes.slice(0, CLASHES_SHOWN), ...(more > 0 ? [`… and ${more} more`] : [])].join("\n  ");
};

function describeClash(first: Listed, second: Listed): string {
  if (first.id === second.id) {
    const fix = second.from.startsWith("ip_ranges")
      ? 'give it another "prefix", or another "start"'
      : 'give it another "id"';
    return `"${second.from}" uses the id "${second.id}" of "${first.from}" again; ${fix}`;
  }
  return `"${second.from}" has the address ${addressOf(second)} of "${first.from}" again; remove one of them`;
}

function fromMiner({ ip, ...entry }: MinerEntry, from: string): Listed {
  return { ...withoutUndefined(entry), id: entry.id, host: ip, port: entry.port, type: entry.type, from };
}

function fromRange({ range, prefix, start, position, ...entry }: RangeEntry, from: string): Listed[] {
  const common = withoutUndefined(entry);
  return Array.from(addressesOf(range), (host, index) => ({
    ...common,
    port: entry.port,
    type: entry.type,
    id: prefix + String(start + index).padStart(4, "0"),
    host,
    from,
    ...(position === undefined ? {} : { position: countOn(position, index) }),
  }));
}

/** A range's `position` is that of its first address: "A-01" runs on as "A-02"; without a number it stays. */
function countOn(position: string, index: number): string {
  return position.replace(/\d+$/, (digits) => String(Number(digits) + index).padStart(digits.length, "0"));
}

function withoutUndefined(entry: {
  options?: DriverOptions | undefined;
  credentials?: MinerEntry["credentials"];
  rack?: string | undefined;
  position?: string | undefined;
}) {
  const kept: Pick<MinerSpec, "options" | "credentials" | "rack" | "position"> = {};
  if (entry.options !== undefined) kept.options = entry.options;
  if (entry.credentials !== undefined) kept.credentials = entry.credentials;
  if (entry.rack !== undefined) kept.rack = entry.rack;
  if (entry.position !== undefined) kept.position = entry.position;
  return kept;
}
