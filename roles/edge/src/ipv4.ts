/** Most addresses one range or one network may hold: a typing mistake must not become a scan of the internet. */
export const RANGE_MAX = 65_536;

export type AddressRange = { first: number; last: number };

/** The 32-bit number of a dotted IPv4 address; null for anything else, leading zeros included (some read them octal). */
export function parseIpv4(text: string): number | null {
  const octets = text.split(".");
  if (octets.length !== 4) return null;
  let address = 0;
  for (const octet of octets) {
    if (!/^(0|[1-9]\d{0,2})$/.test(octet) || Number(octet) > 255) return null;
    address = address * 256 + Number(octet);
  }
  return address;
}

export const formatIpv4 = (address: number): string =>
  [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255].join(".");

const FORMS = "write 192.168.1.100-192.168.1.199, 192.168.1.0/24 or one address";

/**
 * Reads `a-b` (across octets too), CIDR or a single address. A network's own and broadcast address are left out, since
 * no miner can have them. Returns the mistake and its fix as text when it is none of these.
 */
export function parseRange(text: string): AddressRange | string {
  const trimmed = text.trim();
  if (trimmed === "") return `is empty; ${FORMS}`;
  if (trimmed.includes("/")) return parseNetwork(trimmed);
  const [from = "", to = from, ...rest] = trimmed.split("-").map((part) => part.trim());
  const first = parseIpv4(from);
  const last = parseIpv4(to);
  if (first === null || last === null || rest.length > 0) return `is not an IPv4 range; ${FORMS}`;
  if (first > last) return `runs backwards; swap its ends: ${to}-${from}`;
  return checkSize({ first, last });
}

function parseNetwork(text: string): AddressRange | string {
  const [base = "", bits = ""] = text.split("/");
  const address = parseIpv4(base);
  const prefix = /^\d{1,2}$/.test(bits) ? Number(bits) : 33;
  if (address === null || prefix > 32) return `is not an IPv4 network; ${FORMS}`;
  const size = 2 ** (32 - prefix);
  const first = Math.floor(address / size) * size;
  const last = first + size - 1;
  return checkSize(size > 2 ? { first: first + 1, last: last - 1 } : { first, last });
}

function checkSize(range: AddressRange): AddressRange | string {
  const size = range.last - range.first + 1;
  if (size <= RANGE_MAX) return range;
  return `holds ${size.toLocaleString("en-US")} addresses; at most ${RANGE_MAX.toLocaleString("en-US")} are allowed, so split it or correct its end`;
}

export function* addressesOf({ first, last }: AddressRange): Generator<string> {
  for (let address = first; address <= last; address++) yield formatIpv4(address);
}
