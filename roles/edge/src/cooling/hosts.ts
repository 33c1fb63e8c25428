import { COOLING_MAX_UNITS } from "@banksman/wire/link";
import { formatIpv4, parseIpv4 } from "../ipv4.ts";

const FORMS =
  "write one address or name (10.1.101.1), a range (10.1.101.1-10.1.101.20), or a range with the step from one to the " +
  "next (10.1.101.1-10.1.200.1 step 0.0.1.0)";
const NAME = /^(?=.{1,128}$)[a-z0-9](?:[\w.-]*[a-z0-9])?$/i;
const RANGE = /^([\d.]+)\s*-\s*([\d.]+)(?:\s+step\s+([\d.]+))?$/;
const THIRD_OCTET = 256;

/**
 * The hosts of one entry: one of its own, or those of a range, `a-b`, where each is one address after the one before, or
 * `a-b step 0.0.1.0`, where the step is written as an address: sites are often numbered in the third octet. Returns the
 * mistake and its fix as text when it is none of these.
 */
export function parseHosts(text: string): string[] | string {
  const trimmed = text.trim();
  if (trimmed === "") return `is empty; ${FORMS}`;
  const range = RANGE.exec(trimmed);
  if (range) return parseRange(range[1] ?? "", range[2] ?? "", range[3]);
  if (/[-\s]/.test(trimmed) && /^[\d.]+[-\s]/.test(trimmed)) return `is no range; ${FORMS}`;
  if (/^[\d.]+$/.test(trimmed) && parseIpv4(trimmed) === null) return `is no IPv4 address; ${FORMS}`;
  return NAME.test(trimmed) ? [trimmed.toLowerCase()] : `is no address; ${FORMS}. A port has a key of its own, "port"`;
}

function parseRange(from: string, to: string, by: string | undefined): string[] | string {
  const [first, last, step] = [parseIpv4(from), parseIpv4(to), by === undefined ? 1 : parseIpv4(by)];
  if (first === null || last === null) return `is not an IPv4 range; ${FORMS}`;
  if (step === null || step === 0) return `has a step that is none: 0.0.1.0 counts the third octet, 0.0.0.1 the last`;
  if (first > last) return `runs backwards; swap its ends: ${to}-${from}`;
  if ((last - first) % step !== 0) return `never comes to ${to} in steps of ${by}; correct its end or its step`;
  const count = (last - first) / step + 1;
  if (count > COOLING_MAX_UNITS) return tooMany(count, from, to, (last - first) % THIRD_OCTET === 0 && step === 1);
  return Array.from({ length: count }, (_, i) => formatIpv4(first + i * step));
}

function tooMany(count: number, from: string, to: string, looksNumbered: boolean): string {
  const held = `holds ${count.toLocaleString("en-US")} units; at most ${COOLING_MAX_UNITS.toLocaleString("en-US")} are allowed`;
  return looksNumbered
    ? `${held}. If the third octet counts the sites, write ${from}-${to} step 0.0.1.0`
    : `${held}, so split it or correct its end`;
}
