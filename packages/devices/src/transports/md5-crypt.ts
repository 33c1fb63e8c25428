import { createHash } from "node:crypto";

const md5 = (...parts: (string | Buffer)[]): Buffer => {
  const hash = createHash("md5");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

const ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ROUNDS = 1_000;
/** Which bytes of the digest go together, three at a time, into four letters. */
const TRIPLES = [
  [0, 6, 12],
  [1, 7, 13],
  [2, 8, 14],
  [3, 9, 15],
  [4, 10, 5],
] as const;

/** The last field of FreeBSD's `$1$salt$…` password hash: 22 letters. WhatsMiner signs with it; Node has none. */
export function md5Crypt(password: string, salt: string): string {
  const key = Buffer.from(password);
  const seed = Buffer.from(salt.slice(0, 8));
  const other = md5(key, seed, key);
  const parts: Buffer[] = [key, Buffer.from("$1$"), seed];
  for (let left = key.length; left > 0; left -= 16) parts.push(other.subarray(0, Math.min(16, left)));
  for (let bits = key.length; bits > 0; bits >>= 1) parts.push(bits & 1 ? Buffer.from([0]) : key.subarray(0, 1));
  let digest = md5(...parts);
  for (let round = 0; round < ROUNDS; round++) {
    const odd = round % 2 === 1;
    const salted = round % 3 === 0 ? [] : [seed];
    const keyed = round % 7 === 0 ? [] : [key];
    digest = md5(odd ? key : digest, ...salted, ...keyed, odd ? digest : key);
  }
  const at = (index: number) => digest[index] ?? 0;
  const letters = TRIPLES.map(([a, b, c]) => encode((at(a) << 16) | (at(b) << 8) | at(c), 4));
  return `${letters.join("")}${encode(at(11), 2)}`;
}

function encode(value: number, letters: number): string {
  return Array.from({ length: letters }, (_, place) => ALPHABET[(value >> (6 * place)) & 63]).join("");
}
