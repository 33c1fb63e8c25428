import { MerkleTree } from "@banksman/kit/merkle";
import type pg from "pg";
import { type PublicKey, SignedHead } from "./head.ts";
import type { Item } from "./verify.ts";

/** Rows that are fetched at once. */
const PAGE = 4_000;

export type KeptRow = { seq: number; text: string; hash: string };

/** Rows behind row `after` in their order, at most `limit`. */
export async function rowsAfter(client: pg.Pool | pg.PoolClient, after: number, limit: number): Promise<KeptRow[]> {
  const { rows } = await client.query<KeptRow>(
    "select seq, entry::text as text, encode(hash, 'hex') as hash from audit where seq > $1 order by seq limit $2",
    [after, limit],
  );
  return rows;
}

/** The Merkle root over rows `from` + 1 to `to`, a page of hashes at a time: a trail may have millions. */
export async function rootOfRows(pool: pg.Pool, from: number, to: number): Promise<Buffer> {
  const tree = new MerkleTree();
  for (let after = from; after < to; after += PAGE) {
    const { rows } = await pool.query<{ hash: Buffer }>(
      "select hash from audit where seq > $1 and seq <= $2 order by seq",
      [after, Math.min(after + PAGE, to)],
    );
    for (const { hash } of rows) tree.append(hash);
  }
  return tree.root();
}

type HeadRow = { head: unknown; signature: Buffer };

const signedOf = ({ head, signature }: HeadRow): SignedHead =>
  SignedHead.parse({ head, signature: signature.toString("base64") });

/** Heads over more than `after` rows, the smallest first. */
export async function headsAfter(client: pg.Pool | pg.PoolClient, after: number, limit = 50): Promise<SignedHead[]> {
  const { rows } = await client.query<HeadRow>(
    "select head, signature from audit_heads where size > $1 order by size limit $2",
    [after, limit],
  );
  return rows.map(signedOf);
}

export async function newestHead(client: pg.Pool | pg.PoolClient): Promise<SignedHead | null> {
  const { rows } = await client.query<HeadRow>("select head, signature from audit_heads order by size desc limit 1");
  return rows[0] ? signedOf(rows[0]) : null;
}

export async function publicKeys(client: pg.Pool | pg.PoolClient): Promise<PublicKey[]> {
  const { rows } = await client.query<PublicKey>(
    "select key_id, encode(public_key, 'base64') as public_key from audit_keys order by created_at, key_id",
  );
  return rows.map(({ key_id, public_key }) => ({ key_id, public_key: public_key.replaceAll("\n", "") }));
}

export async function countRows(client: pg.Pool | pg.PoolClient): Promise<number> {
  const { rows } = await client.query<{ seq: number }>("select coalesce(max(seq), 0) as seq from audit");
  return rows[0]?.seq ?? 0;
}

/** The whole trail up to row `to`, each head behind the last row it is about; heads over more rows come at the end. */
export async function* readTrail(pool: pg.Pool, to = Number.MAX_SAFE_INTEGER): AsyncGenerator<Item> {
  let heads = await headsAfter(pool, 0);
  let next = 0;
  /** The next head over at most `size` rows. */
  const headUpTo = async (size: number): Promise<SignedHead | null> => {
    if (next === heads.length && heads.length > 0) {
      heads = await headsAfter(pool, heads.at(-1)?.head.size ?? 0);
      next = 0;
    }
    const head = heads[next];
    if (!head || head.head.size > size) return null;
    next++;
    return head;
  };
  for (let after = 0; after < to; ) {
    const rows = await rowsAfter(pool, after, Math.min(PAGE, to - after));
    if (rows.length === 0) break;
    for (const row of rows) {
      // A head over rows that were taken out stands before the next row that is left.
      for (let signed = await headUpTo(row.seq - 1); signed; signed = await headUpTo(row.seq - 1))
        yield { is: "head", signed };
      yield { is: "row", ...row };
    }
    after = rows.at(-1)?.seq ?? to;
  }
  for (let signed = await headUpTo(Number.MAX_SAFE_INTEGER); signed; signed = await headUpTo(Number.MAX_SAFE_INTEGER))
    yield { is: "head", signed };
}
