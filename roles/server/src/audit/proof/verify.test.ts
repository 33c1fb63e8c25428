import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import { MerkleTree } from "@banksman/kit/merkle";
import type { AuditEvent } from "@banksman/wire/api";
import fc from "fast-check";
import { EMPTY_TAIL, type Linked, link, rowHash } from "../chain.ts";
import { type AuditHead, keyIdOf, type PublicKey, packMarks, type SignedHead, signHead } from "./head.ts";
import { type Item, type Verdict, type VerifyOptions, verifyTrail } from "./verify.ts";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const der = publicKey.export({ type: "spki", format: "der" });
const KEY: PublicKey = { key_id: keyIdOf(der), public_key: der.toString("base64") };
const AT = Date.UTC(2026, 10, 21);

const event = (n: number): AuditEvent => ({
  actor: { kind: "person", name: "ada" },
  from: null,
  action: "sites.update",
  site: String(n % 3),
  target: `"seq":${n}`,
  before: { seq: n, prev: "x" },
  after: { name: `n${n}` },
  reason: null,
  result: "done",
  code: null,
  times: 1,
});

const rowsOf = (count: number): Linked[] =>
  link(
    EMPTY_TAIL,
    Array.from({ length: count }, (_, n) => ({ event: event(n), atMs: AT + n })),
  );

/** Heads over the given numbers of rows. */
function headsOf(rows: readonly Linked[], sizes: readonly number[]): SignedHead[] {
  const tree = new MerkleTree();
  return sizes.map((size) => {
    const after = tree.size;
    const mine = rows.slice(after, size);
    for (const { hash } of mine) tree.append(Buffer.from(hash, "hex"));
    const head: AuditHead = {
      format: "banksman-audit-head/1",
      size,
      after,
      root: tree.root().toString("hex"),
      last: rows[size - 1]?.hash ?? "",
      at: new Date(AT).toISOString(),
      key_id: KEY.key_id,
      marks: packMarks(mine.map(({ hash }) => hash)),
    };
    return signHead(head, privateKey);
  });
}

/** Rows with each head behind the last row it is about. */
async function* trail(rows: readonly Linked[], heads: readonly SignedHead[]): AsyncGenerator<Item> {
  for (const row of rows) {
    yield { is: "row", ...row };
    for (const signed of heads.filter(({ head }) => head.size === row.seq)) yield { is: "head", signed };
  }
  const last = rows.at(-1)?.seq ?? 0;
  for (const signed of heads.filter(({ head }) => head.size > last)) yield { is: "head", signed };
}

const verify = (rows: readonly Linked[], heads: readonly SignedHead[], options: Partial<VerifyOptions> = {}) =>
  verifyTrail(trail(rows, heads), { keys: [KEY], ...options });

const told = ({ findings }: Verdict) => findings.map(({ seq, what }) => [seq, what]);

const ROWS = rowsOf(40);
const HEADS = headsOf(ROWS, [10, 25, 40]);

/** The row's text changed, and its hash as well if whoever did it knew how. */
const changed = (row: Linked, knowing: boolean): Linked => {
  const text = row.text.replace('"ada"', '"eve"');
  return { ...row, text, hash: knowing ? rowHash(text) : row.hash };
};
/** All rows from `from` on chained anew behind the one before, as somebody would who owns the database. */
function rechained(rows: readonly Linked[], from: number): Linked[] {
  const kept = rows.slice(0, from);
  const tail = kept.at(-1) ?? EMPTY_TAIL;
  const events = rows.slice(from).map(({ text }) => {
    const { seq: _seq, at, prev: _prev, ...rest } = JSON.parse(text);
    return { event: rest, atMs: Date.parse(at) };
  });
  return [...kept, ...link(tail, events)];
}
const at = (seq: number) => ROWS[seq - 1] ?? assert.fail(`there is a row ${seq}`);

describe("verifying an audit trail", () => {
  test("a whole one is whole, and it is said how far it was signed", async () => {
    const verdict = await verify(ROWS, HEADS);
    assert.deepEqual(told(verdict), []);
    assert.deepEqual([verdict.rows, verdict.heads, verdict.signedTo], [40, 3, 40]);
    assert.equal((await verify(rowsOf(43), HEADS)).signedTo, 40);
  });

  test("a changed row is named, whether its hash was changed with it or not", async () => {
    for (const seq of [1, 7, 10, 11, 39, 40])
      for (const knowing of [false, true]) {
        const verdict = await verify(ROWS.with(seq - 1, changed(at(seq), knowing)), HEADS);
        assert.deepEqual(told(verdict), [[seq, "changed"]], `row ${seq}, ${knowing}`);
      }
  });

  test("a changed row is named even when everything behind it was chained anew", async () => {
    for (const seq of [1, 10, 18, 40]) {
      const rows = rechained(ROWS.with(seq - 1, changed(at(seq), true)), seq - 1);
      const verdict = await verify(rows, HEADS);
      assert.deepEqual(told(verdict), [[seq, "changed"]]);
      assert.equal(verdict.signedTo, seq <= 10 ? 0 : seq <= 25 ? 10 : 25);
    }
  });

  test("a row that was taken out is named, and so is the first of several", async () => {
    assert.deepEqual(told(await verify(ROWS.toSpliced(16, 1), HEADS)), [[17, "missing"]]);
    assert.deepEqual(told(await verify(ROWS.toSpliced(16, 5), HEADS)), [[17, "missing"]]);
    assert.deepEqual(told(await verify(ROWS.slice(3), HEADS)), [[1, "missing"]]);
    assert.deepEqual(told(await verify(rechained(ROWS.toSpliced(16, 1), 16), HEADS)), [
      [17, "changed"],
      [40, "cut-off"],
    ]);
  });

  test("a row that was put in or moved is named", async () => {
    const doubled = await verify(ROWS.toSpliced(20, 0, at(20)), HEADS);
    assert.deepEqual(told(doubled)[0], [20, "moved"]);
    const swapped = ROWS.with(4, { ...at(6), seq: 5 }).with(5, { ...at(5), seq: 6 });
    assert.deepEqual(told(await verify(swapped, HEADS)), [
      [5, "moved"],
      [6, "moved"],
    ]);
    const turned = await verify(ROWS.with(4, at(6)).with(5, at(5)), HEADS);
    assert.deepEqual(told(turned)[0], [5, "moved"]);
    const inserted = rechained([...ROWS.slice(0, 20), at(3), ...ROWS.slice(20)], 20);
    assert.deepEqual(told(await verify(inserted, HEADS))[0], [21, "changed"]);
  });

  test("an end that was cut off is seen by its heads, by heads kept elsewhere, or by a root that was noted", async () => {
    assert.deepEqual(told(await verify(ROWS.slice(0, 30), HEADS)), [[31, "cut-off"]]);
    const [first, second] = HEADS;
    const without = first && second ? [first, second] : [];
    assert.deepEqual(told(await verify(ROWS.slice(0, 30), without)), []);
    assert.deepEqual(told(await verify(ROWS.slice(0, 30), without, { anchors: HEADS })), [[31, "cut-off"]]);
    const root = HEADS[2]?.head.root ?? "";
    assert.deepEqual(told(await verify(ROWS.slice(0, 30), without, { roots: [{ size: 40, root }] })), [
      [31, "cut-off"],
    ]);
    assert.deepEqual(told(await verify(ROWS, [], { roots: [{ size: 40, root }] })), []);
  });

  test("a bundle that holds fewer rows than it says, or no signature, isn't whole; nor is one without the key that was named", async () => {
    const [first] = HEADS;
    assert.ok(first);
    assert.deepEqual(told(await verify(ROWS.slice(0, 30), [first], { promised: 40 })), [[31, "cut-off"]]);
    assert.deepEqual(told(await verify([], [], { promised: 40 })), [[1, "cut-off"]]);
    assert.deepEqual(told(await verify(ROWS, [], { promised: 40 })), [[40, "head"]]);
    assert.deepEqual(told(await verify(ROWS, [], { trusted: [KEY.key_id] })), [[40, "head"]]);
    assert.deepEqual(told(await verify(ROWS, HEADS, { promised: 40, trusted: [KEY.key_id] })), []);
    assert.deepEqual(told(await verify([], [], { promised: 0 })), []);
  });

  test("a past written anew with heads of its own is seen by a head kept elsewhere", async () => {
    const rows = rechained(ROWS.with(29, changed(at(30), true)), 29);
    const heads = headsOf(rows, [10, 25, 40]);
    assert.deepEqual(told(await verify(rows, heads)), []);
    assert.deepEqual(told(await verify(rows, heads, { anchors: HEADS })), [[30, "changed"]]);
  });

  test("heads signed by another key, or changed, count for nothing", async () => {
    const other = generateKeyPairSync("ed25519").privateKey;
    const [head] = HEADS;
    assert.ok(head);
    const forged = signHead(head.head, other);
    assert.deepEqual(told(await verify(ROWS, [forged])), [[10, "head"]]);
    const moved = { ...head, head: { ...head.head, root: "0".repeat(64) } };
    assert.deepEqual(told(await verify(ROWS, [moved])), [[10, "head"]]);
    assert.deepEqual(told(await verify(ROWS, [head], { trusted: ["another-key"] })), [[10, "head"]]);
    assert.deepEqual(told(await verify(ROWS, [head], { keys: [] })), [[10, "head"]]);
  });

  test("property: whatever one row was made into, the first finding is that row", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom("text", "hash", "both", "garbage", "rechained"),
        async (seq, how) => {
          const row = at(seq);
          const other = { ...row, hash: rowHash("other") };
          const made = {
            text: changed(row, false),
            hash: other,
            both: changed(row, true),
            garbage: { ...row, text: "{}" },
            rechained: changed(row, true),
          }[how];
          const rows = ROWS.with(seq - 1, made);
          const verdict = await verify(how === "rechained" ? rechained(rows, seq - 1) : rows, HEADS);
          assert.equal(verdict.findings[0]?.seq, seq);
          assert.equal(verdict.findings.length, 1);
        },
      ),
    );
  });
});
