import type { Discovered } from "@banksman/devices";
import { STARTER } from "../init.ts";
import { table } from "../table.ts";

/** Machines that say the same MAC address, which only one may have. */
export type Duplicate = { mac: string; addresses: string[] };

export function duplicatesOf(found: readonly Discovered[]): Duplicate[] {
  const byMac = new Map<string, string[]>();
  for (const { mac, host } of found) {
    if (mac !== null) byMac.set(mac, [...(byMac.get(mac) ?? []), host]);
  }
  return [...byMac].flatMap(([mac, addresses]) => (addresses.length > 1 ? [{ mac, addresses }] : []));
}

const COLUMNS = ["host", "type", "make", "model", "firmware", "mac", "serial", "latency_ms"] as const;

export function asTable(found: readonly Discovered[]): string {
  const rows = found.map((one) => COLUMNS.map((column) => one[column]));
  return `${table(["address", "type", "make", "model", "firmware", "MAC", "serial", "ms"], rows)}\n`;
}

export function asCsv(found: readonly Discovered[]): string {
  const rows = found.map((one) => COLUMNS.map((column) => cell(one[column])).join(","));
  return `${[COLUMNS.join(","), ...rows].join("\n")}\n`;
}

/** RFC 4180's quotes; a text that a spreadsheet would take for a formula is kept from it. */
function cell(value: string | number | null): string {
  const text = value === null ? "" : String(value);
  const safe = typeof value === "string" && /^[=+\-@\t]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * A whole `collector_config.json` with what was found; server, key and site are still the starter's. A miner's id is its
 * MAC address where it tells one, and identity goes by that, so that a new lease of DHCP changes nothing.
 */
export function asConfig(found: readonly Discovered[], port: number, options: Record<string, number>): string {
  const twice = new Set(duplicatesOf(found).map(({ mac }) => mac));
  const miners = found.map(({ host, type, mac }) => ({
    id: mac === null || twice.has(mac) ? host : mac.replaceAll(":", ""),
    ip: host,
    type,
    ...(port !== API_PORT && { port }),
    ...(Object.keys(options).length > 0 && { options }),
  }));
  const { api_url, api_key, site_id, collection_interval } = STARTER;
  const config = { api_url, api_key, site_id, collection_interval, max_workers: "auto", identity: "mac", miners };
  return `${JSON.stringify(config, null, 4)}\n`;
}

const API_PORT = 4028;
