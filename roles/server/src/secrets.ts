import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "@banksman/kit";
import { ServerErrors } from "./errors.ts";

const ALGORITHM = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Keeps secrets in the database without the database knowing them. */
export type Vault = { seal: (text: string) => Buffer; open: (sealed: Buffer) => string };

/** AES-256-GCM: nonce, tag, text. `open` throws SERVER_SECRETS_LOCKED for what another key sealed. */
export function createVault(key: Buffer): Vault {
  return {
    seal: (text) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce);
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
    },
    open: (sealed) => {
      try {
        const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES));
        decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        const text = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
        return text.toString("utf8");
      } catch (error) {
        throw ServerErrors.SECRETS_LOCKED({ cause: error });
      }
    },
  };
}

/** The key: from the configuration, else from a file beside the database that the first start makes. */
export async function openVault(configured: string | undefined, dataDir: string): Promise<Vault> {
  if (configured !== undefined) return createVault(createHash("sha256").update(configured).digest());
  const file = join(dataDir, "secret.key");
  await mkdir(dataDir, { recursive: true });
  try {
    await writeFile(file, randomBytes(32).toString("hex"), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
  return createVault(
    createHash("sha256")
      .update((await readFile(file, "utf8")).trim())
      .digest(),
  );
}
