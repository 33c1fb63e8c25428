import { isIPv4, isIPv6 } from "node:net";
import type { Share } from "./share.ts";

/** Reads `text` into the share's address words; false and untouched where it is no address. */
export function setIp(share: Share, text: string): boolean {
  if (isIPv4(text)) {
    share.ip0 = share.ip1 = share.ip2 = 0;
    share.ip3 = ipv4Word(text);
    return true;
  }
  const words = isIPv6(text) ? ipv6Words(text) : null;
  if (!words) return false;
  [share.ip0 = 0, share.ip1 = 0, share.ip2 = 0, share.ip3 = 0] = words;
  // An IPv4 address in IPv6 clothes is shown as what it is.
  if (share.ip0 === 0 && share.ip1 === 0 && share.ip2 === 0xffff) share.ip2 = 0;
  return true;
}

const ipv4Word = (text: string): number => text.split(".").reduce((word, octet) => (word << 8) | Number(octet), 0);

function ipv6Words(text: string): number[] | null {
  const plain = text.split("%")[0] ?? "";
  const tail = /(?:^|:)(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1];
  const word = tail === undefined ? 0 : ipv4Word(tail) >>> 0;
  const hex =
    tail === undefined ? plain : plain.replace(tail, `${(word >>> 16).toString(16)}:${(word & 0xffff).toString(16)}`);
  const [before = "", after] = hex.split("::");
  const head = before === "" ? [] : before.split(":");
  const rest = after === undefined || after === "" ? [] : after.split(":");
  const gap = after === undefined ? 0 : 8 - head.length - rest.length;
  const groups = [...head, ...Array<string>(Math.max(0, gap)).fill("0"), ...rest].map((group) =>
    Number.parseInt(group, 16),
  );
  if (groups.length !== 8 || groups.some(Number.isNaN)) return null;
  return [0, 2, 4, 6].map((i) => ((groups[i] ?? 0) << 16) | (groups[i + 1] ?? 0));
}

/** The address as text: dotted where only the last word is set, else the shortest IPv6 form. */
export function ipText(ip0: number, ip1: number, ip2: number, ip3: number): string {
  if (ip0 === 0 && ip1 === 0 && ip2 === 0) return ipv4Text(ip3);
  const groups = [ip0, ip1, ip2, ip3].flatMap((word) => [(word >>> 16) & 0xffff, word & 0xffff]);
  const { start, length } = longestRunOfZeros(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

/** The dotted form of a word whose highest byte is the first octet. */
export const ipv4Text = (word: number): string =>
  `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;

function longestRunOfZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (start + length < groups.length && groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}
