import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import type { Clock, Log } from "@banksman/kit";
import { MerkleTree } from "@banksman/kit/merkle";
import type pg from "pg";
import { inTransaction } from "../../db/in-transaction.ts";
import type { Vault } from "../../secrets.ts";
import { CHAIN_START, rowHash } from "../chain.ts";
import { AuditHead, keyIdOf, packMarks, type SignedHead, signHead } from "./head.ts";
import { type KeptRow, rowsAfter } from "./reader.ts";

/** "sign" in ASCII: one server of several signs. */
const SIGN_KEY = 0x7369676e;
/** Rows of one head; a backlog makes several. */
export const MOST_ROWS = 8_192;

type Last = { size: number; last: string; at: number; frontier: Buffer };
const HASH_BYTES = 32;

const rootsOf = (frontier: Buffer): Buffer[] =>
  Array.from({ length: frontier.length / HASH_BYTES }, (_, i) =>
    frontier.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  );

async function lastHead(client: pg.PoolClient): Promise<Last> {
  const { rows } = await client.query<{ head: unknown; frontier: Buffer }>(
    "select head, frontier from audit_heads order by size desc limit 1",
  );
  if (!rows[0]) return { size: 0, last: CHAIN_START, at: 0, frontier: Buffer.alloc(0) };
  const { size, last, at } = AuditHead.parse(rows[0].head);
  return { size, last, at: Date.parse(at), frontier: rows[0].frontier };
}

/** The first row that isn't what was signed, or doesn't follow from it; null when all do. `from` begins with row `size`. */
function brokenRow(last: Last, from: readonly KeptRow[]): number | null {
  const [signed] = from;
  if (last.size > 0 && (signed?.seq !== last.size || signed.hash !== last.last)) return last.size;
  const rows = last.size > 0 ? from.slice(1) : from;
  let [seq, hash] = [last.size, last.last];
  for (const row of rows) {
    const follows = row.seq === ++seq && row.text.includes(`"prev":"${hash}"`) && rowHash(row.text) === row.hash;
    if (!follows) return seq;
    hash = row.hash;
  }
  return null;
}

type Key = { key_id: string; private_key: KeyObject };

export type Signer = ReturnType<typeof createSigner>;

/** Signs what the trail is, from time to time: rows that don't follow from those signed before are never signed. */
export function createSigner(parts: { pool: pg.Pool; vault: Vault; clock: Clock; log: Log }) {
  const { pool, vault, clock, log } = parts;
  let trouble: string | null = null;

  const newKey = async (client: pg.PoolClient): Promise<Key> => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const der = publicKey.export({ type: "spki", format: "der" });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const key_id = keyIdOf(der);
    await client.query("insert into audit_keys (key_id, public_key, private_key) values ($1, $2, $3)", [
      key_id,
      der,
      vault.seal(pem),
    ]);
    log.info(`key ${key_id} was made; it signs the audit trail`);
    return { key_id, private_key: privateKey };
  };
  const ownKey = async (client: pg.PoolClient): Promise<Key> => {
    const { rows } = await client.query<{ key_id: string; private_key: Buffer }>(
      "select key_id, private_key from audit_keys order by created_at desc, key_id limit 1",
    );
    const [row] = rows;
    if (!row) return newKey(client);
    try {
      return { key_id: row.key_id, private_key: createPrivateKey(vault.open(row.private_key)) };
    } catch (error) {
      // Sealed with a secret key that is gone: what it signed stays good, and the new one's name shows from where on.
      log.error({ err: error }, `key ${row.key_id}, which signs the audit trail, can't be opened; making another`);
      return newKey(client);
    }
  };

  /** Signs the next rows within the caller's transaction; null when there are none, or they are broken. */
  const signRows = async (client: pg.PoolClient): Promise<SignedHead | null> => {
    const last = await lastHead(client);
    const from = await rowsAfter(client, last.size - 1, MOST_ROWS + 1);
    const broken = brokenRow(last, from);
    trouble = broken === null ? null : `row ${broken} of the audit trail does not follow from the rows before it`;
    if (broken !== null) {
      log.error(`${trouble}: nothing more is signed; run banksman audit verify`);
      return null;
    }
    const rows = from.filter(({ seq }) => seq > last.size).slice(0, MOST_ROWS);
    if (rows.length === 0) return null;
    const tree = MerkleTree.of(last.size, rootsOf(last.frontier));
    for (const { hash } of rows) tree.append(Buffer.from(hash, "hex"));
    const { key_id, private_key } = await ownKey(client);
    const head: AuditHead = {
      format: "banksman-audit-head/1",
      size: tree.size,
      after: last.size,
      root: tree.root().toString("hex"),
      last: rows.at(-1)?.hash ?? last.last,
      at: new Date(clock.now()).toISOString(),
      key_id,
      marks: packMarks(rows.map(({ hash }) => hash)),
    };
    const signed = signHead(head, private_key);
    await client.query("insert into audit_heads (size, head, signature, frontier) values ($1, $2, $3, $4)", [
      head.size,
      JSON.stringify(head),
      Buffer.from(signed.signature, "base64"),
      Buffer.concat(tree.roots),
    ]);
    return signed;
  };

  const inTurn = (isDue: (client: pg.PoolClient) => Promise<boolean>): Promise<SignedHead | null> =>
    inTransaction(pool, async (client) => {
      await client.query("select pg_advisory_xact_lock($1)", [SIGN_KEY]);
      return (await isDue(client)) ? await signRows(client) : null;
    });

  return {
    /** Signs all rows there are. */
    signAll: async (): Promise<void> => {
      while (await inTurn(async () => true));
    },
    /** Signs when rows have waited for `maxAgeMs`, or many wait. */
    signDue: async (maxAgeMs: number): Promise<void> => {
      const isDue = async (client: pg.PoolClient) => {
        const last = await lastHead(client);
        const waiting = await rowsAfter(client, last.size + MOST_ROWS - 1, 1);
        return waiting.length > 0 || clock.now() - last.at >= maxAgeMs;
      };
      while (await inTurn(isDue));
    },
    trouble: (): string | null => trouble,
  };
}
