import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { codeOf, jsonOf, messageOf } from "@banksman/kit";
import type pg from "pg";
import { z } from "zod";
import { AuditErrors } from "./errors.ts";
import { PublicKey, SignedHead } from "./head.ts";
import { countRows, publicKeys, readTrail } from "./reader.ts";
import type { Item } from "./verify.ts";

/** First line of a bundle. */
const Opening = z.object({
  format: z.literal("banksman-audit/1"),
  made_at: z.iso.datetime(),
  rows: z.int().min(0),
  keys: z.array(PublicKey),
});
export type Opening = z.infer<typeof Opening>;

/** A row's line: its text stands in it as it was hashed, byte for byte. */
const ROW = /^\{"row":(\{.*\}),"hash":"([0-9a-f]{64})"\}$/s;
const rowLine = (text: string, hash: string) => `{"row":${text},"hash":"${hash}"}\n`;

/** The lines of a bundle: what it is, the keys, then each row and behind it the heads that end with it. */
export async function* bundleLines(pool: pg.Pool, madeAt: Date): AsyncGenerator<string> {
  const rows = await countRows(pool);
  const opening: Opening = {
    format: "banksman-audit/1",
    made_at: madeAt.toISOString(),
    rows,
    keys: await publicKeys(pool),
  };
  yield `${JSON.stringify(opening)}\n`;
  for await (const item of readTrail(pool, rows)) {
    if (item.is === "row") yield rowLine(item.text, item.hash);
    else if (item.signed.head.size <= rows) yield `${JSON.stringify(item.signed)}\n`;
  }
}

/** Lines of a text file, packed with gzip or not. */
async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  const input = path.endsWith(".gz") ? file.pipe(createGunzip()) : file;
  if (input !== file) file.on("error", (error) => input.destroy(error));
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  try {
    for await (const line of lines) if (line !== "") yield line;
  } catch (error) {
    throw AuditErrors.UNREADABLE(path, codeOf(error) ?? messageOf(error), { cause: error });
  }
}

const SEQ = /"seq":(\d+)/g;

/** Opens a bundle; throws AUDIT_NO_BUNDLE when the file is none. */
export async function openBundle(path: string): Promise<{ opening: Opening; items: AsyncGenerator<Item> }> {
  const lines = linesOf(path);
  const first = await lines.next();
  const opening = Opening.safeParse(jsonOf(first.done ? "" : first.value));
  if (!opening.success) throw AuditErrors.NO_BUNDLE(path);
  return { opening: opening.data, items: itemsOf(lines) };
}

async function* itemsOf(lines: AsyncGenerator<string>): AsyncGenerator<Item> {
  let place = 0;
  for await (const line of lines) {
    const row = ROW.exec(line);
    const signed = row ? null : SignedHead.safeParse(jsonOf(line));
    if (signed?.success) yield { is: "head", signed: signed.data };
    else {
      place++;
      const [, text = line, hash = ""] = row ?? [];
      // Where a row stands is told by the row itself; one that can't be read stands where the next would.
      const seq = Number([...text.matchAll(SEQ)].at(-1)?.[1] ?? place);
      place = seq;
      yield { is: "row", seq, text, hash };
    }
  }
}

/**
 * Heads that were anchored to a file: one JSON object a line; what is none is passed over. Throws AUDIT_NO_ANCHOR when none
 * is one: a trail that is held against nothing would seem to agree with it.
 */
export async function readAnchorFile(path: string): Promise<SignedHead[]> {
  const heads: SignedHead[] = [];
  for await (const line of linesOf(path)) {
    const head = SignedHead.safeParse(jsonOf(line));
    if (head.success) heads.push(head.data);
  }
  if (heads.length === 0) throw AuditErrors.NO_ANCHOR(path);
  return heads;
}
