import { randomUUID } from "node:crypto";
import type { Clock } from "@banksman/kit";
import { AuditEvent } from "@banksman/wire/api";
import type pg from "pg";
import { inTransaction } from "../db/in-transaction.ts";
import { append, noteBegun, noteDone, type Tx } from "./append.ts";
import { createBatcher } from "./batcher.ts";
import type { TimedEvent } from "./chain.ts";
import { plain } from "./redact.ts";

/** Rows that share one commit. */
const MAX_TOGETHER = 1_000;
/** Longer than any request may take. */
const LEFT_AFTER = "5 minutes";
const MOST_LEFT = 500;

/** An event as its teller gives it: what is left out is null, done, once. */
export type AuditInput = Pick<AuditEvent, "actor" | "action"> & {
  from?: AuditEvent["from"];
  site?: string | null;
  target?: string | null;
  /** Anything that JSON holds; passwords and the like are taken out by their names. */
  before?: unknown;
  after?: unknown;
  reason?: string | null;
  result?: AuditEvent["result"];
  code?: string | null;
  times?: number;
};

export type Audit = ReturnType<typeof createAudit>;

const cut = (text: string | null | undefined, max: number): string | null => {
  if (text === null || text === undefined) return null;
  const clean = plain(text);
  return typeof clean === "string" ? clean.slice(0, max).toWellFormed() : null;
};

const toEvent = (input: AuditInput): AuditEvent => ({
  actor: { kind: input.actor.kind, name: cut(input.actor.name, 200) },
  from: input.from
    ? {
        address: cut(input.from.address, 100),
        session: cut(input.from.session, 64),
        client: cut(input.from.client, 300),
      }
    : null,
  action: input.action.slice(0, 200),
  site: cut(input.site, 100),
  target: cut(input.target, 500),
  before: plain(input.before),
  after: plain(input.after),
  reason: cut(input.reason, 2_000),
  result: input.result ?? "done",
  code: cut(input.code, 100),
  times: input.times ?? 1,
});

type Item = { timed: TimedEvent; begun: string | null };

/** Writes the audit trail: everything a person or automation does, or is refused. */
export function createAudit({ pool, clock }: { pool: pg.Pool; clock: Clock }) {
  const rows = createBatcher<Item>(
    (items) =>
      inTransaction(pool, (client) =>
        append(
          client,
          items.map(({ timed }) => timed),
          items.flatMap(({ begun }) => begun ?? []),
        ),
      ),
    MAX_TOGETHER,
  );
  const beginnings = createBatcher<{ id: string; event: AuditEvent }>((items) => noteBegun(pool, items), MAX_TOGETHER);
  const timed = (input: AuditInput): TimedEvent => ({ event: toEvent(input), atMs: clock.now() });

  return {
    /**
     * Adds one row, or several in their order. With `tx` they are part of that transaction, kept or lost together with
     * what they tell of; call it last there, for others wait with their rows until it ends. Without, it resolves when the
     * rows are on disk.
     */
    record: (events: AuditInput | readonly AuditInput[], tx?: Tx): Promise<void> => {
      const all = (Array.isArray(events) ? events : [events]).map(timed);
      if (all.length === 0) return Promise.resolve();
      return tx ? append(tx, all, []) : rows.add(all.map((one) => ({ timed: one, begun: null })));
    },
    /** Notes that something begins; if `finish` never comes, a row says that nobody knows what became of it. */
    begin: async (input: AuditInput): Promise<string> => {
      const id = randomUUID();
      await beginnings.add([{ id, event: toEvent(input) }]);
      return id;
    },
    /**
     * Keeps or loses the row together with what it tells of, without holding up others: `finish` puts it into the chain
     * after the transaction, or `settle` where that never comes.
     */
    done: (id: string, input: AuditInput, tx: Tx): Promise<void> => noteDone(tx, id, toEvent(input)),
    finish: (id: string, input: AuditInput): Promise<void> => rows.add([{ timed: timed(input), begun: id }]),
    /** Records what a process left in the middle: one killed, or one whose database went away. */
    settle: (): Promise<void> =>
      inTransaction(pool, async (client) => {
        const { rows: left } = await client.query<{
          begun_id: string;
          event: unknown;
          begun_at: Date;
          done: boolean;
        }>(
          `select begun_id, event, begun_at, done from audit_begun where begun_at < now() - $1::interval
           order by begun_at limit $2 for update skip locked`,
          [LEFT_AFTER, MOST_LEFT],
        );
        if (left.length === 0) return;
        const events = left.map(({ event: begun, begun_at, done }) => {
          const event = AuditEvent.parse(begun);
          return { event: done ? event : { ...event, result: "unknown" as const }, atMs: begun_at.getTime() };
        });
        await append(
          client,
          events,
          left.map(({ begun_id }) => begun_id),
        );
      }),
    drained: async (): Promise<void> => {
      await Promise.all([rows.drained(), beginnings.drained()]);
    },
  };
}
