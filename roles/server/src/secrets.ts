import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "@banksman/kit";
import { ServerErrors } from "./errors.ts";

const ALGORITHM = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Keeps secrets in the database without the database knowing them. */
export type Vault = {
  seal: (text: string) => Buffer;
  open: (sealed: Buffer) => string;
  /** Whether it was sealed by the key that seals now, by an older one that is still at hand, or by neither. */
  ageOf: (sealed: Buffer) => "current" | "older" | "unreadable";
  source: "configuration" | "file";
};

function unseal(key: Buffer, sealed: Buffer): string {
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString("utf8");
}

/**
 * AES-256-GCM: nonce, tag, text. The first key seals; each opens what it sealed, which the tag tells. `open` throws
 * SERVER_SECRETS_LOCKED for what none of them sealed.
 */
export function createVault(keys: readonly [Buffer, ...Buffer[]], source: Vault["source"] = "configuration"): Vault {
  /** The place of the key that opens it, and what it holds. */
  const tryAll = (sealed: Buffer): { place: number; text: string } => {
    let cause: unknown;
    for (const [place, key] of keys.entries()) {
      try {
        return { place, text: unseal(key, sealed) };
      } catch (error) {
        cause = error;
      }
    }
    throw ServerErrors.SECRETS_LOCKED({ cause });
  };
  return {
    source,
    seal: (text) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, keys[0], nonce);
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
    },
    open: (sealed) => tryAll(sealed).text,
    ageOf: (sealed) => {
      try {
        return tryAll(sealed).place === 0 ? "current" : "older";
      } catch {
        return "unreadable";
      }
    },
  };
}

type Configured = { secret_key?: string | undefined; secret_key_previous?: string | undefined; data_dir: string };

const keyOf = (text: string): Buffer => createHash("sha256").update(text).digest();
const fileOf = ({ data_dir }: Configured): string => join(data_dir, "secret.key");
const oldFileOf = ({ data_dir }: Configured): string => join(data_dir, "secret.key.old");

async function readKey(file: string): Promise<Buffer | null> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  });
  return text === null ? null : keyOf(text.trim());
}

const writeKey = (file: string): Promise<void> =>
  writeFile(file, randomBytes(32).toString("hex"), { flag: "wx", mode: 0o600 });

/**
 * The keys: from the configuration, else from a file beside the database that the first start makes. The one before is
 * tried as well, so that nothing is lost between a new key and the end of sealing everything with it.
 */
export async function openVault(config: Configured): Promise<Vault> {
  if (config.secret_key !== undefined) {
    const previous = config.secret_key_previous === undefined ? [] : [keyOf(config.secret_key_previous)];
    return createVault([keyOf(config.secret_key), ...previous]);
  }
  await mkdir(config.data_dir, { recursive: true });
  await writeKey(fileOf(config)).catch((error: unknown) => {
    if (codeOf(error) !== "EEXIST") throw error;
  });
  const [current, old] = [await readKey(fileOf(config)), await readKey(oldFileOf(config))];
  if (current === null) throw ServerErrors.SECRETS_LOCKED();
  return createVault([current, ...(old ? [old] : [])], "file");
}

/**
 * Puts a new key file in the place of the old one, which stays beside it. Where another one stands there already, a
 * rotation was cut off before everything was sealed anew: that one goes on, with the same new key.
 */
export async function replaceKeyFile(config: Configured): Promise<void> {
  await openVault(config);
  const [current, old] = [await readKey(fileOf(config)), await readKey(oldFileOf(config))];
  if (current && old && !current.equals(old)) return;
  const fresh = `${fileOf(config)}.new`;
  await rm(fresh, { force: true });
  await writeKey(fresh);
  // A start in the middle finds at least one of the two: the old one is copied before the new one takes its name.
  await writeFile(oldFileOf(config), await readFile(fileOf(config)), { mode: 0o600 });
  await rename(fresh, fileOf(config));
}

export const forgetOldKeyFile = (config: Configured): Promise<void> => rm(oldFileOf(config), { force: true });
