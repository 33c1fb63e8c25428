import { MerkleTree } from "@banksman/kit/merkle";
import { EMPTY_TAIL, rowHash } from "../chain.ts";
import { isSignedBy, markOf, type PublicKey, type SignedHead, unpackMarks } from "./head.ts";

/** A row or a head, in the order of the chain: a head comes after the rows it is about. */
export type Item = { is: "row"; seq: number; text: string; hash: string } | { is: "head"; signed: SignedHead };

/** `seq` is the row at fault, or the first of several. */
export type Finding = {
  seq: number;
  what: "changed" | "missing" | "moved" | "cut-off" | "unreadable" | "head";
  text: string;
};

export type Verdict = {
  rows: number;
  heads: number;
  /** The last row that a head with a good signature is about. */
  signedTo: number;
  signedAt: string | null;
  /** Names of the keys that signed. */
  keys: string[];
  findings: Finding[];
};

export type VerifyOptions = {
  keys: readonly PublicKey[];
  /** Names of the keys that may have signed; without it each of `keys` may. */
  trusted?: readonly string[] | undefined;
  /** Heads that were kept elsewhere. */
  anchors?: readonly SignedHead[] | undefined;
  /** Roots that somebody wrote down, such as from a mail. */
  roots?: readonly { size: number; root: string }[] | undefined;
  /** Rows that the opening of a bundle says it holds: one that was cut off between two lines looks whole otherwise. */
  promised?: number | undefined;
  onProgress?: ((rows: number) => void) | undefined;
};

const PROGRESS_EVERY = 5_000;
const MOST_FINDINGS = 1_000;
/** More than one head is about. */
const MOST_HASHES = 20_000;

type RowItem = Extract<Item, { is: "row" }>;

/** What of a row the chain needs; null where it can't be read. */
function read(text: string): { seq: number; prev: string } | null {
  try {
    const row: unknown = JSON.parse(text);
    if (typeof row !== "object" || row === null || !("seq" in row) || !("prev" in row)) return null;
    return typeof row.seq === "number" && typeof row.prev === "string" ? { seq: row.seq, prev: row.prev } : null;
  } catch {
    return null;
  }
}

/** Walks the rows: each must follow from the one before, by its number and by its hash. */
function chainWalk(report: (finding: Finding) => void) {
  let last = { ...EMPTY_TAIL, isTrue: true };
  return (row: RowItem): string => {
    const hash = rowHash(row.text);
    const isTrue = hash === row.hash;
    const content = read(row.text);
    if (content === null) {
      report({ seq: row.seq, what: "unreadable", text: `row ${row.seq} is no row` });
    } else if (content.seq !== row.seq) {
      report({ seq: row.seq, what: "moved", text: `row ${content.seq} stands in the place of row ${row.seq}` });
    } else if (!isTrue) {
      report({ seq: row.seq, what: "changed", text: `row ${row.seq} was changed: its hash is another` });
    }
    if (row.seq <= last.seq) {
      report({ seq: row.seq, what: "moved", text: `row ${row.seq} stands behind row ${last.seq}` });
    } else if (row.seq > last.seq + 1) {
      const gone = row.seq - last.seq === 2 ? `row ${last.seq + 1} is` : `rows ${last.seq + 1} to ${row.seq - 1} are`;
      report({ seq: last.seq + 1, what: "missing", text: `${gone} missing` });
    } else if (isTrue && last.isTrue && content?.seq === row.seq && content.prev !== last.hash && last.seq > 0) {
      // This row is as it was written, and it says what stood before it.
      const text = `row ${last.seq} was changed, its hash too: row ${row.seq} follows from another`;
      report({ seq: last.seq, what: "changed", text });
    } else if (row.seq === 1 && content !== null && content.prev !== EMPTY_TAIL.hash) {
      report({ seq: 1, what: "changed", text: "row 1 says that something stood before it" });
    }
    last = { seq: row.seq, hash: row.hash, isTrue };
    return hash;
  };
}

/** Why a head proves nothing, or null when it was signed by who may sign. */
function untrusted({ keys, trusted }: VerifyOptions, signed: SignedHead): string | null {
  const { key_id, size } = signed.head;
  const key = keys.find((one) => one.key_id === key_id);
  if (!key) return `the head over ${size} rows names a key (${key_id}) that is not here`;
  if (trusted && !trusted.includes(key_id))
    return `the head over ${size} rows was signed by a key (${key_id}) that you did not name`;
  return isSignedBy(signed, key) ? null : `the signature of the head over ${size} rows is not its key's`;
}

/** The first row that isn't the one that was signed; the rest follow from it. Null when all are. */
function differing({ head }: SignedHead, tree: MerkleTree, hashes: ReadonlyMap<number, string>): Finding | null {
  if (tree.size === head.size && tree.root().toString("hex") === head.root) return null;
  const index = unpackMarks(head.marks).findIndex((mark, i) => {
    const hash = hashes.get(head.after + 1 + i);
    return hash === undefined || markOf(hash) !== mark;
  });
  if (index < 0)
    return { seq: head.size, what: "head", text: `the first ${head.size} rows are not those signed at ${head.at}` };
  const seq = head.after + 1 + index;
  const text = `row ${seq} is not the one that was signed at ${head.at}: changed, put in or taken out, and the rows behind it chained anew`;
  return { seq, what: "changed", text };
}

/** Takes rows and heads as they come, and says in the end what doesn't fit. */
class Verification {
  readonly #options: VerifyOptions;
  readonly #findings = new Map<string, Finding>();
  readonly #walk: (row: RowItem) => string;
  readonly #tree = new MerkleTree();
  readonly #hashes = new Map<number, string>();
  readonly #keys = new Set<string>();
  #rows = 0;
  #heads = 0;
  #lastSeq = 0;
  #signed: { size: number; at: string } | null = null;
  #furthest: SignedHead | null = null;
  #isAsSigned = true;

  constructor(options: VerifyOptions) {
    this.#options = options;
    this.#walk = chainWalk((finding) => this.#report(finding));
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** One finding a row: the first tells the most. */
  #report(finding: Finding): void {
    const key = `${finding.what === "head" ? "head" : "row"} ${finding.seq}`;
    const known = this.#findings.get(key);
    const isFound = finding.what === "moved" && known?.what === "missing";
    if (isFound || (!known && this.#findings.size < MOST_FINDINGS)) this.#findings.set(key, finding);
  }

  row(item: RowItem): void {
    const hash = this.#walk(item);
    this.#tree.append(Buffer.from(hash, "hex"));
    this.#hashes.set(item.seq, hash);
    const [oldest] = this.#hashes.keys();
    if (this.#hashes.size > MOST_HASHES && oldest !== undefined) this.#hashes.delete(oldest);
    this.#lastSeq = Math.max(this.#lastSeq, item.seq);
    if (++this.#rows % PROGRESS_EVERY === 0) this.#options.onProgress?.(this.#rows);
  }

  /** A root that isn't signed but known: says whether the rows up to it are the same, not which one differs. */
  root({ size, root }: { size: number; root: string }): void {
    if (size > this.#lastSeq) {
      const text = `rows ${this.#lastSeq + 1} to ${size} are missing at the end: you know a root over ${size}`;
      this.#report({ seq: this.#lastSeq + 1, what: "cut-off", text });
    } else if (this.#tree.size !== size || this.#tree.root().toString("hex") !== root) {
      const text = `the first ${size} rows are not those whose root you know`;
      this.#report({ seq: size, what: "head", text });
    }
  }

  head(signed: SignedHead): void {
    const { size, at, key_id } = signed.head;
    this.#heads++;
    this.#keys.add(key_id);
    const trouble = untrusted(this.#options, signed);
    if (trouble !== null) {
      this.#report({ seq: size, what: "head", text: trouble });
      return;
    }
    if (size > this.#lastSeq) {
      if (size > (this.#furthest?.head.size ?? 0)) this.#furthest = signed;
      return;
    }
    // Behind the first row that differs every later tree differs too.
    if (!this.#isAsSigned) return;
    const finding = differing(signed, this.#tree, this.#hashes);
    if (finding === null) this.#signed = { size, at };
    else {
      this.#isAsSigned = false;
      // A row that stands twice changes the tree and no mark: it was found already.
      if (finding.what !== "head" || this.#findings.size === 0) this.#report(finding);
    }
  }

  /** What should be here and isn't: rows that a bundle promises, and any signature at all. */
  #missing(): void {
    const { promised, trusted } = this.#options;
    if (promised !== undefined && promised > this.#lastSeq) {
      const text = `${goneBehind(this.#lastSeq, promised)} missing at the end: the bundle says that it holds ${promised}`;
      this.#report({ seq: this.#lastSeq + 1, what: "cut-off", text });
    }
    // An export signs before it writes, and who names a key wants to see it.
    const isWanted = trusted !== undefined || promised !== undefined;
    if (!isWanted || this.#rows === 0 || this.#signed !== null || this.#findings.size > 0) return;
    const by = trusted ? "the key that you named" : "any key: an export has a signed head";
    this.#report({ seq: this.#lastSeq, what: "head", text: `no row is signed by ${by}` });
  }

  verdict(): Verdict {
    if (this.#furthest) this.#report(cutOff(this.#lastSeq, this.#furthest));
    this.#missing();
    this.#options.onProgress?.(this.#rows);
    return {
      rows: this.#rows,
      heads: this.#heads,
      signedTo: this.#signed?.size ?? 0,
      signedAt: this.#signed?.at ?? null,
      keys: [...this.#keys],
      findings: [...this.#findings.values()].toSorted((a, b) => a.seq - b.seq),
    };
  }
}

function cutOff(lastSeq: number, { head }: SignedHead): Finding {
  const gone = goneBehind(lastSeq, head.size);
  return { seq: lastSeq + 1, what: "cut-off", text: `${gone} missing at the end: signed at ${head.at}` };
}

const goneBehind = (lastSeq: number, size: number): string =>
  size === lastSeq + 1 ? `row ${size} is` : `rows ${lastSeq + 1} to ${size} are`;

/**
 * Reads an audit trail from its first row to its last and says what doesn't fit: rows that were changed, taken out, put
 * in, moved or cut off at the end, each by its number. Its memory doesn't grow with the trail.
 */
export async function verifyTrail(items: AsyncIterable<Item>, options: VerifyOptions): Promise<Verdict> {
  const verification = new Verification(options);
  const known = [
    ...(options.anchors ?? []).map((signed) => ({ size: signed.head.size, check: () => verification.head(signed) })),
    ...(options.roots ?? []).map((root) => ({ size: root.size, check: () => verification.root(root) })),
  ].toSorted((a, b) => a.size - b.size);
  let next = 0;
  for await (const item of items) {
    if (item.is === "head") {
      verification.head(item.signed);
      continue;
    }
    verification.row(item);
    for (let one = known[next]; one && one.size <= verification.lastSeq; one = known[++next]) one.check();
  }
  for (const one of known.slice(next)) one.check();
  return verification.verdict();
}
