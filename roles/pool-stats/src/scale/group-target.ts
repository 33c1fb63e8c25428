import { type Log, messageOf } from "@banksman/kit";
import type { Target, WorkerName, Written } from "../flush/target.ts";
import type { Assignment } from "../kafka/index.ts";
import { Figures } from "../windows/figures.ts";
import type { Claim, PartStore } from "./part-store.ts";
import type { PeerRow } from "./peer-figures.ts";
import type { View } from "./view.ts";

export type GroupTargetOptions = {
  /** Writes S3's table, row by row. */
  table: Target;
  parts: PartStore;
  /** This process, by a name that no other has and that no quotation mark is in. */
  instance: string;
  log: Log;
};

type Last = Pick<PeerRow, "acceptCount" | "lastShareIp" | "lastShareTime">;
/** Whose sum is to be written; `last` is what stays of one that nobody knows any more. */
type Key = { userId: number; workerId: string; last?: Last };

/** Rows copied before they are written. */
const ROWS_AT_ONCE = 5_000;
/** Workers silent for longer are neither in any window nor in any instance's memory. */
const SILENT_SECONDS = 7_200;
const TIDY_EVERY_SECONDS = 1_800;

/**
 * One of several instances that share the partitions of a log. Each writes what it counted itself to
 * mining_workers_part, and the sum over all instances to S3's table; so a worker whose shares reach several of them is
 * right there. Writers take turns, so each sum is made of what was written last.
 *
 * mining_workers_claims says who counts which partition. An instance without a claim is gone: what it counted is taken
 * out, which is when others have read its partitions and claimed them.
 */
export class GroupTarget implements Target {
  readonly #options: GroupTargetOptions;
  #epoch: number;
  #view: View | null = null;
  #assigned: readonly number[] = [];
  /** Counts assignments: what began under one must not go on under the next. */
  #assignment = 0;
  #round = 0;
  /** All live rows are written by the next flush, so older ones of this instance are of no worker any more. */
  #isAnew = true;
  /** Whom something was taken out of, until their sums have been written. */
  #owed: Key[] = [];
  #known = new Map<string, Pick<Claim, "epoch" | "round">>();
  #tidiedAt = 0;
  #refreshing: Promise<void> | null = null;
  #isAway = false;

  constructor(options: GroupTargetOptions, startedAtMs: number) {
    this.#options = options;
    this.#epoch = startedAtMs;
    this.#round = startedAtMs;
  }

  /** Where figures are read and those of the others are put. */
  attach(view: View): void {
    this.#view = view;
  }

  /** To be told of every assignment before the windows are changed for it. */
  assigned({ assigned, lost }: Assignment): void {
    this.#assigned = assigned;
    this.#assignment++;
    if (lost.length > 0) this.#isAnew = true;
  }

  prepare = (): Promise<void> => this.#options.table.prepare();

  writeNames = (names: readonly WorkerName[], now: number): Promise<Written> =>
    this.#options.table.writeNames(names, now);

  close = async (): Promise<void> => {
    await Promise.all([this.#options.table.close(), this.#options.parts.close()]);
  };

  write = (figures: () => Iterable<Figures>, now: number): Promise<Written> =>
    this.#options.parts.locked(async () => {
      const { parts, instance, table } = this.#options;
      const stillTheSame = this.#guard();
      const partitions = [...this.#assigned];
      const round = ++this.#round;
      const changed = await this.#writeParts(this.#isAnew ? this.#all(figures(), now) : figures(), round, now);
      stillTheSame();
      if (this.#isAnew) {
        await this.#takeOut(instance, round);
        this.#epoch = round;
      }
      await parts.claim({ instance, epoch: this.#epoch, round, partitions });
      await this.#takeOutTheDead();
      await this.#tidy(now);
      await this.#refresh();
      const keys = [...changed, ...this.#owed];
      const written = await table.write(() => this.#sums(keys, now, stillTheSame), now);
      stillTheSame();
      this.#owed = [];
      this.#isAnew = false;
      return written;
    });

  /** Reads what the others have written since; a failure waits for the next time. */
  async refresh(now: number): Promise<void> {
    this.#view?.peers.expire(now);
    this.#refreshing ??= this.#refresh()
      .then(() => {
        this.#isAway = false;
      })
      .catch((error: unknown) => {
        if (!this.#isAway) this.#options.log.warn(`figures of other instances can't be read: ${messageOf(error)}`);
        this.#isAway = true;
      })
      .finally(() => {
        this.#refreshing = null;
      });
    await this.#refreshing;
  }

  /** Throws once partitions have come or gone: the windows are then of other partitions than those of this flush. */
  #guard(): () => void {
    const assignment = this.#assignment;
    return () => {
      if (this.#assignment !== assignment) throw new Error("partitions moved while it ran");
    };
  }

  /** A snapshot brings figures that have not changed since, and yet this instance has not written them. */
  *#all(changed: Iterable<Figures>, now: number): Generator<Figures> {
    // What has changed counts as taken once it was looked at; it comes again below.
    for (const _ of changed);
    const statistics = this.#view?.statistics;
    const figures = new Figures();
    for (const what of ["workers", "users"] as const)
      for (const handle of statistics?.live(what) ?? []) yield statistics?.read(handle, now, figures) ?? figures;
  }

  async #writeParts(figures: Iterable<Figures>, round: number, now: number): Promise<Key[]> {
    const { parts, instance } = this.#options;
    const keys: Key[] = [];
    let rows: PeerRow[] = [];
    for (const one of figures) {
      rows.push(copyOf(one));
      keys.push({ userId: one.userId, workerId: one.workerId });
      if (rows.length < ROWS_AT_ONCE) continue;
      await parts.write(instance, round, rows);
      rows = [];
    }
    const pool = this.#localPool(now);
    await parts.write(instance, round, pool ? [...rows, pool] : rows);
    return keys;
  }

  /** The pool's own row stands under user 0, which no share has. */
  #localPool(now: number): PeerRow | null {
    const statistics = this.#view?.statistics;
    if (!statistics) return null;
    return { ...copyOf(statistics.read(statistics.pool, now)), userId: 0, workerId: "0" };
  }

  /** Forgets what an instance wrote before a round; the sums of those it counted are owed from then on. */
  async #takeOut(instance: string, below: number): Promise<void> {
    const { parts } = this.#options;
    for await (const rows of parts.rows(instance, 0, below - 1))
      for (const row of rows)
        if (row.userId !== 0) this.#owed.push({ userId: row.userId, workerId: row.workerId, last: row });
    await parts.drop(instance, below);
  }

  async #takeOutTheDead(): Promise<void> {
    const { parts, log, instance } = this.#options;
    const claims = new Set((await parts.claims()).map((claim) => claim.instance));
    for (const other of await parts.instances()) {
      if (claims.has(other) || other === instance) continue;
      log.info({ instance: other }, "all its partitions are counted by others: its figures are taken out");
      await this.#takeOut(other, Number.MAX_SAFE_INTEGER);
    }
  }

  async #tidy(now: number): Promise<void> {
    if (now - this.#tidiedAt < TIDY_EVERY_SECONDS) return;
    this.#tidiedAt = now;
    await this.#options.parts.dropSilent(this.#options.instance, now - SILENT_SECONDS);
  }

  async #refresh(): Promise<void> {
    const { parts, instance } = this.#options;
    const peers = this.#view?.peers;
    if (!peers) return;
    const others = (await parts.claims()).filter((claim) => claim.instance !== instance);
    const same = others.filter(({ instance: name, epoch }) => this.#known.get(name)?.epoch === epoch);
    peers.keepOnly(new Set(same.map((claim) => claim.instance)));
    const known = new Map(same.map((claim) => [claim.instance, this.#known.get(claim.instance)?.round ?? 0]));
    for (const { instance: name, epoch, round } of others) {
      for await (const rows of parts.rows(name, known.get(name) ?? 0, round)) peers.take(name, rows);
      peers.take(name, []);
      this.#known.set(name, { epoch, round });
    }
  }

  /** The figures of the whole group. One that nobody knows any more is written with empty windows. */
  *#sums(keys: readonly Key[], now: number, stillTheSame: () => void): Generator<Figures> {
    const view = this.#view;
    if (!view) return;
    const figures = new Figures();
    const seen = new Set<string>();
    for (const { userId, workerId, last } of keys) {
      const key = `${userId}/${workerId}`;
      if (seen.has(key)) continue;
      seen.add(key);
      stillTheSame();
      const isUser = workerId === "0";
      const isKnown = isUser ? view.user(userId, now, figures) : view.worker(userId, BigInt(workerId), now, figures);
      if (!isKnown && last) setLast(figures, last);
      yield figures;
    }
  }
}

function setLast(figures: Figures, { acceptCount, lastShareIp, lastShareTime }: Last): void {
  figures.acceptCount = acceptCount;
  figures.lastShareIp = lastShareIp;
  figures.lastShareTime = lastShareTime;
}

function copyOf(figures: Figures): PeerRow {
  const { userId, workerId, acceptCount, lastShareIp, lastShareTime, since } = figures;
  const { accept, stale, reject, reasons } = figures;
  const sums = { accept: [...accept], stale: [...stale], reject: [...reject], reasons: [...reasons] };
  return { userId, workerId, acceptCount, lastShareIp, lastShareTime, since, ...sums };
}
