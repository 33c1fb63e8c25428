import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import { md5Crypt } from "./md5-crypt.ts";

const BLOCK = 16;
const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();

/** AES-256-ECB over text padded with NULs, in base64 without line breaks: MicroBT's own choice in both APIs. */
export function seal(key: Buffer, text: string): string {
  const bytes = Buffer.from(text);
  const padded = Buffer.concat([bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)]);
  const cipher = createCipheriv("aes-256-ecb", key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(padded), cipher.final()]).toString("base64");
}

/** The text under `seal`; null for what isn't so many whole blocks. */
export function unseal(key: Buffer, sealed: string): string | null {
  const bytes = Buffer.from(sealed.replace(/\s/g, ""), "base64");
  if (bytes.length === 0 || bytes.length % BLOCK !== 0) return null;
  const decipher = createDecipheriv("aes-256-ecb", key, null).setAutoPadding(false);
  const text = Buffer.concat([decipher.update(bytes), decipher.final()]).toString("utf8");
  return text.replace(/\0+$/, "");
}

/** What `get_token` of API 2 tells. */
export type TokenSeed = { time: string; salt: string; newsalt: string };

/** The key and the signature of API 2, from what `get_token` told and the password. */
export function tokenOf(seed: TokenSeed, password: string): { key: Buffer; sign: string } {
  const secret = md5Crypt(password, seed.salt);
  return { key: sha256(secret), sign: md5Crypt(`${secret}${seed.time}`, seed.newsalt) };
}

/** What signs one order of API 3: `salt` is the device's, `seconds` the time both must roughly agree on. */
export type V3Signing = { cmd: string; account: string; password: string; salt: string; seconds: number };

/** The body of an order of API 3. `sealed` hides its parameter, as the vendor wants for pools and passwords. */
export function v3Order(signing: V3Signing, param: unknown, sealed: boolean): Record<string, unknown> {
  const { cmd, account, password, salt, seconds } = signing;
  const hash = sha256(`${cmd}${password}${salt}${seconds}`);
  const shown = sealed ? seal(hash, JSON.stringify(param)) : param;
  return {
    cmd,
    ...(param === undefined ? {} : { param: shown }),
    ts: seconds,
    token: hash.toString("base64").slice(0, 8),
    account,
  };
}
