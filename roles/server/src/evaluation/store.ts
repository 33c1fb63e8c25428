import { type Change, type Episode, fillTemplate, type RuleState, type Sample } from "@banksman/rules";
import { AlertLevel, AlertTarget, LocalText } from "@banksman/wire/model";
import { sql, type Transaction } from "kysely";
import { z } from "zod";
import type { Db } from "../db/connect.ts";
import type { Schema } from "../db/schema.ts";

type Tx = Transaction<Schema>;

/** An alert of a rule that goes on, or that somebody must still be told is over. */
export type Standing = {
  alert_id: number;
  fingerprint: string;
  rule_id: string;
  rule: LocalText;
  level: AlertLevel;
  state: "pending" | "firing" | "acknowledged" | "resolved";
  title: LocalText;
  text: LocalText;
  labels: Record<string, string>;
  target: AlertTarget;
  no_data: boolean;
  flapping: boolean;
  suppressed: { by: string; ref: number | null } | null;
  told: "firing" | "flapping" | "resolved" | null;
  escalated: number;
  since: Date;
  fired_at: Date | null;
  resolved_at: Date | null;
};

const Row = z.object({
  alert_id: z.int(),
  fingerprint: z.string(),
  rule_id: z.string(),
  rule: LocalText,
  level: AlertLevel,
  state: z.enum(["pending", "firing", "acknowledged", "resolved"]),
  title: LocalText,
  text: LocalText,
  labels: z.record(z.string(), z.string()),
  target: AlertTarget,
  no_data: z.boolean(),
  flapping: z.boolean(),
  suppressed: z.looseObject({ by: z.string(), ref: z.int().nullable() }).nullable(),
  told: z.enum(["firing", "flapping", "resolved"]).nullable(),
  escalated: z.int(),
  since: z.date(),
  fired_at: z.date().nullable(),
  resolved_at: z.date().nullable(),
});
const COLUMNS = sql.raw(Object.keys(Row.shape).join(", "));

const at = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
const stateOf = ({ firedAt, resolvedAt }: Episode) =>
  resolvedAt !== null ? "resolved" : firedAt === null ? "pending" : "firing";

/** The figures that a rule's condition names; a target has some thirty more, for the conditions of other rules. */
function namedBy({ condition }: Change["rule"], figures: Change["figures"]): Change["figures"] {
  const named = new Set(condition.match(/\w+/g));
  return Object.fromEntries(Object.entries(figures).filter(([name]) => named.has(name)));
}

/** Alerts are kept a row each time; what a rule says of itself goes with them, for it may change. */
function toRow({ rule, target, fingerprint, after, flapping, figures }: Change & { after: Episode }) {
  const all = { ...figures, target: target.id };
  const filled = ({ zh, en }: LocalText) => ({ zh: fillTemplate(zh, all), en: fillTemplate(en, all) });
  return {
    fingerprint,
    rule_id: rule.rule_id,
    rule: rule.name,
    level: rule.level,
    state: stateOf(after),
    title: filled(rule.title),
    text: filled(rule.text),
    labels: rule.labels,
    target,
    site_id: target.site_id,
    values: namedBy(rule, figures),
    no_data: after.noData,
    flapping,
    since: at(after.since),
    fired_at: at(after.firedAt),
    resolved_at: at(after.resolvedAt),
  };
}

const AS_ROWS =
  sql.raw(`x (fingerprint text, rule_id text, rule json, level text, state text, title json, text json, labels json,
  target json, site_id text, "values" json, no_data bool, flapping bool, since timestamptz, fired_at timestamptz, resolved_at timestamptz)`);
const KEPT = sql.raw(
  'fingerprint, rule_id, rule, level, state, title, text, labels, target, site_id, "values", no_data, flapping, since, fired_at, resolved_at',
);

/** What changed of each thing, from its first word to its last: a batch may tell of the same more than once. */
export function netOf(changes: readonly Change[]): Change[] {
  const heads: (Change | null)[] = [];
  const placeOf = new Map<string, number>();
  const key = ({ fingerprint }: Change, { since }: Episode) => `${fingerprint} ${since}`;
  for (const change of changes) {
    const known = change.before === null ? undefined : placeOf.get(key(change, change.before));
    const place = known ?? heads.push(change) - 1;
    const first = heads[place];
    if (first && known !== undefined) heads[place] = { ...change, before: first.before };
    if (change.before) placeOf.delete(key(change, change.before));
    if (change.after) placeOf.set(key(change, change.after), place);
  }
  return heads.filter((change) => change !== null).filter(({ before, after }) => before !== null || after !== null);
}

type Event = { fingerprint: string; since: string | null; at: string | null; kind: string };

function eventsOf({ before, after, fingerprint }: Change): Event[] {
  if (after === null) return [];
  const since = at(after.since);
  const event = (kind: string, when: number | null): Event[] =>
    when === null ? [] : [{ fingerprint, since, at: at(when), kind }];
  return [
    ...(before === null && after.firedAt !== after.since ? event("pending", after.since) : []),
    ...(before?.firedAt == null ? event("fired", after.firedAt) : []),
    ...(before?.resolvedAt == null ? event("resolved", after.resolvedAt) : []),
  ];
}

/** One word that PostgreSQL's JSON refuses (NUL, half a character) would end the evaluation of everything else. */
const json = (value: unknown): string =>
  JSON.stringify(value, (_, word: unknown) =>
    typeof word === "string" ? word.toWellFormed().replaceAll("\0", "\ufffd") : word,
  );

/** The only SQL of the evaluation. Each write goes through the connection that holds the lease. */
export const evaluationStore = () => ({
  /** Writes what became of alerts. Written twice, it is the same. */
  write: async (tx: Tx, changes: readonly Change[]): Promise<void> => {
    const moved = changes.flatMap(({ fingerprint, before, after }) =>
      before && after && before.since !== after.since
        ? [{ fingerprint, was: at(before.since), since: at(after.since) }]
        : [],
    );
    const gone = changes.flatMap(({ fingerprint, before, after }) =>
      before && after === null ? [{ fingerprint, since: at(before.since) }] : [],
    );
    const kept = changes.flatMap((change) => (change.after ? [toRow({ ...change, after: change.after })] : []));
    if (moved.length > 0)
      await sql`update alerts a set since = x.since from json_to_recordset(${JSON.stringify(moved)}::json) as x (fingerprint text, was timestamptz, since timestamptz)
        where a.source = 'rule' and a.fingerprint = x.fingerprint and a.since = x.was`.execute(tx);
    if (gone.length > 0) {
      const which = sql`json_to_recordset(${JSON.stringify(gone)}::json) as x (fingerprint text, since timestamptz)
        where a.source = 'rule' and a.fingerprint = x.fingerprint and a.since = x.since`;
      await sql`delete from alerts a using ${which} and a.state = 'pending'`.execute(tx);
      await sql`update alerts a set state = 'resolved', resolved_at = now() from ${which} and a.state <> 'resolved'`.execute(
        tx,
      );
    }
    if (kept.length === 0) return;
    await sql`insert into alerts (source, ${KEPT}) select 'rule', ${KEPT} from json_to_recordset(${json(kept)}::json) as ${AS_ROWS}
      on conflict (source, fingerprint, since) do update set
        state = case when alerts.state = 'acknowledged' and excluded.state = 'firing' then alerts.state else excluded.state end,
        title = case when excluded.state = 'resolved' then alerts.title else excluded.title end,
        text = case when excluded.state = 'resolved' then alerts.text else excluded.text end,
        "values" = case when excluded.state = 'resolved' then alerts."values" else excluded."values" end,
        level = excluded.level, no_data = excluded.no_data, flapping = alerts.flapping or excluded.flapping,
        fired_at = excluded.fired_at, resolved_at = excluded.resolved_at`.execute(tx);
    const events = changes.flatMap(eventsOf).map((event, place) => ({ ...event, place }));
    await sql`insert into alert_events (alert_id, at, kind) select a.alert_id, x.at, x.kind
      from json_to_recordset(${JSON.stringify(events)}::json) as x (fingerprint text, since timestamptz, at timestamptz, kind text, place int)
      join alerts a on a.source = 'rule' and a.fingerprint = x.fingerprint and a.since = x.since
      where not exists (select 1 from alert_events e where e.alert_id = a.alert_id and e.kind = x.kind and e.at = x.at)
      order by x.place`.execute(tx);
  },

  /** Alerts of rules that go on, and those that are over and somebody should be told. */
  standing: async (tx: Tx): Promise<Standing[]> => {
    const { rows } = await sql<Record<string, unknown>>`select ${COLUMNS} from alerts
      where source = 'rule' and (state in ('firing', 'acknowledged') or (state = 'resolved' and told in ('firing', 'flapping')))
      order by alert_id`.execute(tx);
    return rows.map((row) => Row.parse(row));
  },

  suppress: async (tx: Tx, changed: readonly { alert_id: number; suppressed: object | null }[]): Promise<void> => {
    if (changed.length === 0) return;
    const given = json(changed);
    await sql`update alerts a set suppressed = case when x.suppressed::text = 'null' then null else x.suppressed end
      from json_to_recordset(${given}::json) as x (alert_id int, suppressed json) where a.alert_id = x.alert_id`.execute(
      tx,
    );
    await sql`insert into alert_events (alert_id, at, kind, text)
      select x.alert_id, now(), case when x.suppressed::text = 'null' or x.suppressed is null then 'unsuppressed' else 'suppressed' end,
        (x.suppressed->>'by') || ': ' || (x.suppressed->>'reason')
      from json_to_recordset(${given}::json) as x (alert_id int, suppressed json)`.execute(tx);
  },

  /** Notes what has been told of alerts, and over which channels, by alert: none where nobody is listening. */
  tell: async (
    tx: Tx,
    alertIds: readonly number[],
    told: "firing" | "flapping" | "resolved",
    channels: ReadonlyMap<number, readonly string[]>,
  ): Promise<void> => {
    if (alertIds.length === 0) return;
    await sql`update alerts set told = ${told} where alert_id = any(${[...alertIds]}::int[])`.execute(tx);
    const sent = alertIds.flatMap((id) => {
      const to = channels.get(id);
      return to === undefined ? [] : [{ id, text: to.join(", ") }];
    });
    if (sent.length === 0) return;
    const given = sql`from json_to_recordset(${json(sent)}::json) as x (id int, text text)`;
    await sql`update alerts a set notified_at = coalesce(notified_at, now()) ${given} where a.alert_id = x.id`.execute(
      tx,
    );
    if (told !== "resolved")
      await sql`insert into alert_events (alert_id, at, kind, text) select x.id, now(), 'notified', x.text ${given}`.execute(
        tx,
      );
  },

  escalate: async (tx: Tx, alertIds: readonly number[], step: number, text: string): Promise<void> => {
    await sql`update alerts set escalated = ${step} where alert_id = any(${[...alertIds]}::int[])`.execute(tx);
    await sql`insert into alert_events (alert_id, at, kind, text) select id, now(), 'escalated', ${text}::text from unnest(${[...alertIds]}::int[]) id`.execute(
      tx,
    );
  },

  /** When each group was last told of. */
  groups: async (tx: Tx): Promise<Map<string, number>> => {
    const { rows } = await sql<{ group_key: string; told_at: Date }>`select * from alert_groups`.execute(tx);
    return new Map(rows.map(({ group_key, told_at }) => [group_key, told_at.getTime()]));
  },
  toldGroups: async (tx: Tx, keys: readonly string[], now: Date): Promise<void> => {
    await sql`insert into alert_groups (group_key, told_at) select unnest(${[...keys]}::text[]), ${now}
      on conflict (group_key) do update set told_at = excluded.told_at`.execute(tx);
    await sql`delete from alert_groups where told_at < ${now}::timestamptz - interval '1 day'`.execute(tx);
  },

  /** Things of which people were told, within the hour, that they flap. */
  flappers: async (tx: Tx): Promise<Set<string>> => {
    const { rows } = await sql<{ fingerprint: string }>`select distinct fingerprint from alerts
      where source = 'rule' and told = 'flapping' and since > now() - interval '1 hour'`.execute(tx);
    return new Set(rows.map(({ fingerprint }) => fingerprint));
  },

  /** Until when readings are evaluated and what came of it is written. */
  markUntil: async (tx: Tx, until: Date): Promise<void> => {
    await sql`insert into alert_evaluation (until) values (${until}) on conflict (only_row) do update set until = excluded.until`.execute(
      tx,
    );
  },

  /** Readings that servers without the lease took. */
  putInbox: async (db: Db, samples: readonly Sample[]): Promise<void> => {
    const wire = samples.map(({ holdsMs, ...sample }) => ({
      ...sample,
      ...(holdsMs === undefined ? {} : { holdsMs: Number.isFinite(holdsMs) ? holdsMs : null }),
    }));
    await sql`insert into alert_inbox (samples) values (${json(wire)})`.execute(db);
  },
  takeInbox: async (db: Db): Promise<unknown[]> => {
    const { rows } = await sql<{ samples: unknown }>`delete from alert_inbox where inbox_id in
      (select inbox_id from alert_inbox order by inbox_id limit 20) returning samples`.execute(db);
    return rows.map(({ samples }) => samples);
  },

  /** Ends alerts of rules that are gone, switched off or no longer look there. */
  resolveOrphans: async (tx: Tx, ruleIds: readonly string[]): Promise<void> => {
    await sql`delete from alerts where source = 'rule' and state = 'pending' and not rule_id = any(${[...ruleIds]}::text[])`.execute(
      tx,
    );
    await sql`update alerts set state = 'resolved', resolved_at = now() where source = 'rule' and state <> 'resolved'
      and not rule_id = any(${[...ruleIds]}::text[])`.execute(tx);
  },
});

/** Until when readings were evaluated; null before the first evaluation. */
export async function loadUntil(db: Db): Promise<number | null> {
  const { rows } = await sql<{ until: Date }>`select until from alert_evaluation`.execute(db);
  return rows[0]?.until.getTime() ?? null;
}

/** How the rules stood when the last evaluation ended, as the engine takes it. */
export async function loadStates(
  db: Db,
): Promise<{ rule_id: string; target: AlertTarget; state: RuleState; at: number }[]> {
  const { rows } = await sql<Record<string, unknown>>`select ${COLUMNS} from alerts
    where source = 'rule' and (state <> 'resolved' or resolved_at > now() - interval '1 hour') order by since`.execute(
    db,
  );
  const byThing = Map.groupBy(
    rows.map((row) => Row.parse(row)),
    ({ fingerprint }) => fingerprint,
  );
  return [...byThing.values()].flatMap((all) => {
    const [first] = all;
    if (!first) return [];
    const episode = (row: Standing): Episode => ({
      since: row.since.getTime(),
      firedAt: row.fired_at?.getTime() ?? null,
      resolvedAt: row.resolved_at?.getTime() ?? null,
      noData: row.no_data,
    });
    const open = all.findLast(({ state }) => state !== "resolved");
    const closed = all.filter(({ state, fired_at }) => state === "resolved" && fired_at !== null).map(episode);
    const state = { open: open ? episode(open) : null, recoverSince: null, frozen: false, closed };
    return [{ rule_id: first.rule_id, target: first.target, state, at: (open ?? first).since.getTime() }];
  });
}
