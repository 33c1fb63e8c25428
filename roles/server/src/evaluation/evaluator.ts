import { type Clock, Counter, Histogram, type Log, messageOf, type Registry } from "@banksman/kit";
import {
  type AlertFunction,
  type Change,
  createEngine,
  type Engine,
  type EngineRule,
  type Sample,
  type Silencing,
} from "@banksman/rules";
import type { Escalation, OnCallFields } from "@banksman/wire/api";
import { AlertLevel, type LocalText, type Rule } from "@banksman/wire/model";
import { Kysely, PostgresDialect, type Transaction } from "kysely";
import type pg from "pg";
import type { Db } from "../db/connect.ts";
import type { Schema } from "../db/schema.ts";
import { latestCooling, silentCooling } from "./cooling-samples.ts";
import { createLease } from "./leader.ts";
import { collectorSamples, fillWindows, latestSamples, poolSamples } from "./load.ts";
import { fromWire, minerSample, type TimedReading, WireSamples } from "./samples.ts";
import { evaluationStore, loadStates, loadUntil, netOf, type Standing } from "./store.ts";
import { type Channel, channelsOf, escalationsOf, type Parcel, parcelsOf, type Telling, tellOf } from "./tell.ts";

/** Time alone fires nothing sooner than this: the reading that says otherwise may be on its way. */
const GRACE_MS = 10_000;
const WATCH_EVERY_MS = 5_000;
const POOLS_EVERY_MS = 60_000;
const LEASE_EVERY_MS = 1_000;
/** Readings that wait while the database is away; older ones then give way. */
const MOST_WAITING = 200_000;

type Parts = {
  db: Db;
  pool: pg.Pool;
  rules: {
    all: () => Promise<Rule[]>;
    poolHosts: () => Promise<Map<string, string[]>>;
    version: () => Promise<string>;
  };
  silences: {
    active: () => Promise<Silencing[]>;
    calls: () => Promise<{ orders: OnCallFields[]; escalations: Escalation[] }>;
  };
  channels: { all: () => Promise<Channel[]> };
  functions: readonly AlertFunction[];
  outbox: { put: (tx: Transaction<Schema>, parcels: readonly Parcel[]) => Promise<number> };
  onTold: (fired: Fired[]) => void;
  link: string | undefined;
  clock: Clock;
  log: Log;
  metrics: Registry;
};
export type Fired = { alert_id: number; level: AlertLevel; title: LocalText; site_id: string | null };
export type Stored = { siteId: string; readings: readonly TimedReading[] };

export type Evaluator = ReturnType<typeof createEvaluator>;

/**
 * follower → leading → follower: every server takes readings, one of them evaluates. The engine's state is what the
 * database says of alerts; whoever leads next goes on from there.
 */
export function createEvaluator(parts: Parts) {
  const { pool, rules, silences, channels, outbox, clock, log } = parts;
  const lease = createLease(pool, log);
  const store = evaluationStore();
  const counters = createCounters(parts.metrics);
  // Wall time may jump; the evaluation's own does not, and starts from it.
  const anchor = clock.now() - clock.monotonic();
  const now = () => anchor + clock.monotonic();
  let leading: {
    engine: Engine;
    db: Kysely<Schema>;
    version: string;
    hosts: Map<string, string[]>;
    byId: Map<string, EngineRule>;
  } | null = null;
  let waiting: Sample[] = [];
  let unwritten: Change[] = [];
  const last = { lease: Number.NEGATIVE_INFINITY, watch: Number.NEGATIVE_INFINITY, pools: Number.NEGATIVE_INFINITY };
  let running: Promise<void> | null = null;
  let again = false;
  let trouble: string | null = null;
  /** How often in a row the lease was another's. */
  let refused = 0;

  const lead = async (client: pg.PoolClient): Promise<void> => {
    const db = onConnection(client);
    const [all, version, hosts] = await Promise.all([rules.all(), rules.version(), rules.poolHosts()]);
    const on = all.filter(({ enabled }) => enabled);
    const engine = createEngine(on, { functions: parts.functions });
    // Readings that came since the last evaluation are evaluated now. A clock that was set back must not blind it.
    const until = Math.min((await loadUntil(parts.db)) ?? Number.NEGATIVE_INFINITY, now());
    engine.resume(await loadStates(parts.db));
    const samples = [...(await latestSamples(parts.db)), ...(await latestCooling(parts.db))];
    engine.know(samples.filter(({ at }) => at <= until));
    engine.take(samples.filter(({ at }) => at > until));
    const history = await fillWindows(parts.db, engine);
    await db.transaction().execute((tx) =>
      store.resolveOrphans(
        tx,
        on.map(({ rule_id }) => rule_id),
      ),
    );
    leading = { engine, db, version, hosts, byId: new Map(on.map((rule) => [rule.rule_id, rule])) };
    log.info({ miners: samples.length, rows: history }, "this server evaluates the rules");
  };

  const watch = async (at: number): Promise<Sample[]> => {
    const isPoolTime = at - last.pools >= POOLS_EVERY_MS;
    if (isPoolTime) last.pools = at;
    const [own, silent, others] = await Promise.all([
      collectorSamples(parts.db, at),
      silentCooling(parts.db, at),
      isPoolTime ? poolSamples(parts.db, at) : [],
    ]);
    return [...own, ...silent, ...others];
  };

  const inbox = async (): Promise<Sample[]> => {
    const batches = await store.takeInbox(parts.db);
    return batches.flatMap((batch) => WireSamples.parse(batch).map(fromWire));
  };

  /** Writes what changed and what is to be told, in one transaction: neither is ever there without the other. */
  const write = async (
    { db, byId }: NonNullable<typeof leading>,
    changes: readonly Change[],
    until: number,
  ): Promise<void> => {
    const [silenced, calls, to] = await Promise.all([silences.active(), silences.calls(), channels.all()]);
    const told: Fired[] = [];
    let parcels = 0;
    await db.transaction().execute(async (tx) => {
      await store.write(tx, changes);
      await store.markUntil(tx, new Date(until));
      const standing = await store.standing(tx);
      const scene = {
        standing,
        rules: byId,
        silences: silenced,
        now: now(),
        groups: await store.groups(tx),
        flappers: await store.flappers(tx),
      };
      const telling = tellOf(scene);
      await store.suppress(tx, telling.suppressed);
      const messages = parcelsOf(telling, to, worstOf(standing), parts.link);
      const sentTo = channelsOf(messages);
      for (const what of ["firing", "flapping", "resolved"] as const) await store.tell(tx, telling[what], what, sentTo);
      if (telling.notices.length > 0)
        await store.toldGroups(
          tx,
          telling.notices.map(({ key }) => key),
          new Date(now()),
        );
      const steps = escalationsOf(standing, calls.escalations, calls.orders, to, now(), parts.link);
      for (const { alertIds, step, text } of steps) await store.escalate(tx, alertIds, step, text);
      const all = [...messages, ...steps.flatMap((step) => step.parcels)];
      parcels = await outbox.put(tx, all);
      told.push(...firedOf(standing, changes, telling));
    });
    counters.messages.inc(parcels);
    parts.onTold(told);
  };

  /** Gives what waits to the server that evaluates. */
  const handOver = async (): Promise<void> => {
    const samples = waiting.splice(0);
    if (samples.length === 0) return;
    await store.putInbox(parts.db, samples).catch((error: unknown) => {
      waiting = [...samples, ...waiting].slice(-MOST_WAITING);
      throw error;
    });
  };

  let newest: { at: number; tookMs: number; evaluated: number } | null = null;
  const turn = async (): Promise<void> => {
    const client = lease.holder();
    if (!client) {
      leading = null;
      if (now() - last.lease >= LEASE_EVERY_MS) {
        last.lease = now();
        if (await lease.take()) {
          refused = 0;
          return turn();
        }
        refused += 1;
      }
      return handOver();
    }
    // Asked once in a turn: asked twice, a turn a moment too early for one could be in time for the other.
    const at = now();
    const isWatchTime = at - last.watch >= WATCH_EVERY_MS;
    if (leading && isWatchTime && (await rules.version()) !== leading.version) leading = null;
    if (!leading) await lead(client);
    if (!leading) return;
    const { engine } = leading;
    if (isWatchTime) last.watch = at;
    const samples = [...(await inbox()), ...(isWatchTime ? await watch(at) : []), ...waiting.splice(0)];
    const before = engine.figures().evaluations;
    const [until, began] = [now(), clock.monotonic()];
    engine.take(samples);
    engine.advance(now() - GRACE_MS);
    const evaluated = engine.figures().evaluations - before;
    counters.evaluations.inc(evaluated);
    if (samples.length > 0) newest = { at: until, tookMs: clock.monotonic() - began, evaluated };
    unwritten.push(...engine.changes());
    if (unwritten.length === 0 && !isWatchTime) return;
    const changes = netOf(unwritten);
    const started = clock.monotonic();
    await write(leading, changes, until);
    unwritten = [];
    counters.seconds.observe((clock.monotonic() - started) / 1_000);
  };

  /** One turn at a time; a wish during one is another right after it. */
  const step = (): Promise<void> => {
    again = true;
    running ??= (async () => {
      while (again) {
        again = false;
        await turn();
        // One refusal alone may be for the lease that this server has just given up: then nobody evaluates.
        if (leading || refused > 1) trouble = null;
      }
    })()
      .catch((error: unknown) => {
        trouble = `rules can't be evaluated: ${messageOf(error)}`;
        counters.failures.inc();
        log.warn({ err: error }, trouble);
        // Whoever holds the lease next starts from what is written, and sees at once what was to be told.
        if (lease.holder()) lease.lose(error);
        leading = null;
        unwritten = [];
        last.watch = Number.NEGATIVE_INFINITY;
      })
      .finally(() => {
        running = null;
      });
    return running;
  };

  const feed = (samples: readonly Sample[]): void => {
    waiting.push(...samples);
    if (waiting.length > MOST_WAITING) waiting = waiting.slice(-MOST_WAITING);
    void step();
  };

  return {
    step,
    /** The newest turn that had something to judge; null where another server judges, or nothing came yet. */
    newest: () => (lease.holder() ? newest : null),
    /** Milliseconds of the evaluation's time, for readings that are `ageMs` old. */
    timeOf: (ageMs: number): number => now() - Math.max(0, ageMs),
    feed,
    /** Takes readings that were just stored. */
    takeReadings: ({ siteId, readings }: Stored): void => {
      const allowed = leading?.hosts.get(siteId);
      feed(
        readings.map((one) => {
          const ref = { kind: "miner" as const, site_id: siteId, id: one.reading.miner_id };
          const known = one.reading.online ? undefined : leading?.engine.figuresOf(ref).expected_hashrate_ghs;
          return minerSample(siteId, one, allowed, typeof known === "number" ? known : null);
        }),
      );
    },
    /** Takes miners that nobody heard of for too long. */
    takeStale: (siteId: string, minerIds: readonly string[]): void => {
      feed(
        minerIds.map((id): Sample => {
          const ref = { kind: "miner" as const, site_id: siteId, id };
          const { expected_hashrate_ghs, model, ip_address, rack } = leading?.engine.figuresOf(ref) ?? {};
          const figures = { expected_hashrate_ghs, model, ip_address, rack, site_id: siteId, miner_id: id };
          const target = leading?.engine.refOf(ref) ?? ref;
          const away = { online: false, health: "unreachable", offline_reason: "stale" };
          return { target, at: now(), holdsMs: Number.POSITIVE_INFINITY, figures: { ...figures, ...away } };
        }),
      );
    },
    /** Why nobody would be told of anything right now; null while rules are evaluated. */
    trouble: (): string | null => trouble,
    /** How many targets a rule would hold for now; null where another server evaluates. */
    engine: (): Engine | null => leading?.engine ?? null,
    stop: async (): Promise<void> => {
      await running;
      await lease.release();
    },
  };
}

const worstOf = (standing: readonly Standing[]) => {
  const levels = new Map(standing.map(({ alert_id, level }) => [alert_id, level]));
  return (ids: number[]): AlertLevel => {
    const all = ids.map((id) => levels.get(id) ?? "info");
    return AlertLevel.options.find((level) => all.includes(level)) ?? "info";
  };
};

/** Alerts that began to fire just now and that nothing holds down. */
function firedOf(standing: readonly Standing[], changes: readonly Change[], { suppressed }: Telling): Fired[] {
  const held = new Set(suppressed.filter((one) => one.suppressed !== null).map(({ alert_id }) => alert_id));
  const fired = new Set(
    changes
      .filter(({ before, after }) => before?.firedAt == null && after?.firedAt != null)
      .map((one) => one.fingerprint),
  );
  return standing
    .filter(({ fingerprint, state, alert_id }) => fired.has(fingerprint) && state === "firing" && !held.has(alert_id))
    .map(({ alert_id, level, title, target }) => ({ alert_id, level, title, site_id: target.site_id }));
}

/** Kysely over the one connection that holds the lease. */
function onConnection(client: pg.PoolClient): Kysely<Schema> {
  const query = client.query.bind(client);
  const lent = { query, release: () => undefined } as unknown as pg.PoolClient;
  const only = { connect: async () => lent, end: async () => undefined } as unknown as pg.Pool;
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool: only }) });
}

function createCounters(metrics: Registry) {
  const registers = [metrics];
  return {
    evaluations: new Counter({ name: "banksman_rule_evaluations_total", help: "Conditions evaluated", registers }),
    failures: new Counter({
      name: "banksman_rule_failures_total",
      help: "Evaluations that failed; nobody is told of anything while they do",
      registers,
    }),
    messages: new Counter({
      name: "banksman_alert_messages_total",
      help: "Messages put into the outbox by rules",
      registers,
    }),
    seconds: new Histogram({
      name: "banksman_rule_write_seconds",
      help: "Writing what changed and what is told",
      buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    }),
  };
}
