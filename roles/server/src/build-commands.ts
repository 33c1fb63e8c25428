import type { IncomingMessage } from "node:http";
import type { Clock, RoleContext } from "@banksman/kit";
import type { JobFigures } from "@banksman/wire/model";
import { sql } from "kysely";
import type pg from "pg";
import type { Audit, AuditInput } from "./audit/recorder.ts";
import { orderDecisions } from "./commands/decisions.ts";
import type { Ended, Last } from "./commands/ended.ts";
import { siteFacts } from "./commands/facts.ts";
import { gatherChanges, listenToChanges } from "./commands/feed.ts";
import { commandLanes } from "./commands/lanes.ts";
import { redisLists } from "./commands/redis-lists.ts";
import { commandService } from "./commands/service.ts";
import { commandStore, type Tx } from "./commands/store.ts";
import { leaseStore } from "./cooling/lease-store.ts";
import { createLessee } from "./cooling/lessee.ts";
import { orderedUnits } from "./cooling/ordered-units.ts";
import type { Db } from "./db/connect.ts";
import { edgeAuditService } from "./edge-audit/service.ts";
import { edgeAuditStore } from "./edge-audit/store.ts";
import type { FleetService } from "./fleet/service.ts";
import type { Caller } from "./http/caller.ts";
import { runEvery } from "./jobs/every.ts";
import { createDispatcher } from "./link/dispatcher.ts";
import { serveLinks } from "./link/socket.ts";
import { linkStore } from "./link/store.ts";
import type { Hub } from "./live/hub.ts";
import { policyService } from "./policies/service.ts";
import { policyStore } from "./policies/store.ts";
import type { Vault } from "./secrets.ts";
import type { Event, WebhookService } from "./webhooks/service.ts";

/** A notice that got lost costs no more than this. */
const LOOK_EVERY_MS = 1_000;
const EXPIRE_EVERY_MS = 1_000;

type Parts = {
  db: Db;
  pool: pg.Pool;
  fleet: Pick<FleetService, "devices" | "totals">;
  sites: { find: (siteId: string) => Promise<{ site_no: number; site_id: string }> };
  vault: Vault;
  audit: Pick<Audit, "record">;
  webhooks: Pick<WebhookService, "emit">;
  identify: (request: IncomingMessage) => Promise<Caller>;
  hub: Hub;
  redisUrl: string | undefined;
  clock: Clock;
  context: RoleContext;
};

const RESULTS: Readonly<Record<string, AuditInput["result"]>> = {
  succeeded: "done",
  refused: "refused",
  unknown: "unknown",
};

/** How a command ended, as the audit trail tells it. */
const endEvent = (
  { command_id, order_id, site_id, miner_id, cooling_host, name, state, code }: Ended,
  by: string,
): AuditInput => ({
  actor: { kind: "system", name: by },
  action: "commands.end",
  site: site_id,
  target: miner_id ?? cooling_host ?? "edge",
  after: { command_id, order_id, name, state },
  result: RESULTS[state] ?? "failed",
  code,
});

const resultEvent = ({ command_id, order_id, site_id, miner_id, cooling_host, name, state, code }: Ended): Event => ({
  type: "command.result",
  siteId: site_id,
  data: {
    site_id,
    command_id,
    order_id,
    miner_id,
    ...(cooling_host === null ? {} : { cooling_host }),
    name,
    state,
    code,
  },
});

/** Commands from end to end: who may, in which order, over which edge, and what became of them. */
export function buildCommands(parts: Parts) {
  const { db, pool, fleet, vault, audit, identify, hub, clock, context } = parts;
  const { log, onStop } = context;
  const onEnded = async (ended: readonly Ended[], by: string, tx: Tx): Promise<void> => {
    await parts.webhooks.emit(ended.map(resultEvent), tx);
    await audit.record(
      ended.map((one) => endEvent(one, by)),
      tx,
    );
  };
  const endedHere: Last = (ended, tx) => onEnded(ended, "server", tx);
  const store = commandStore(db, endedHere);
  const lanes = commandLanes(db, endedHere);
  const links = linkStore(db);
  const policies = policyService(policyStore(db));
  const units = orderedUnits(pool);
  const facts = siteFacts({
    past: (siteNo, seconds) => lanes.past(db, siteNo, seconds),
    fleet,
    loaded: units.loaded,
    clock,
  });
  const commands = commandService({
    store,
    decisions: orderDecisions(db, endedHere),
    policies,
    fleet,
    units: units.find,
    coolingDrivers: async (siteNo, hosts) =>
      Object.assign({}, ...(await Promise.all((await units.readers(siteNo, hosts)).map(links.coolingDrivers)))),
    facts,
    sites: parts.sites,
    links,
    vault,
    clock,
  });
  const dispatcher = createDispatcher({ lanes, orders: store, policies, facts, vault, log });
  const siteIds = siteNames(db);
  const gathered = gatherChanges((siteNo, orderIds) => {
    siteIds(siteNo).then(
      (siteId) => hub.publishCommands({ siteId, orderIds }),
      (error: unknown) => log.warn({ err: error }, "a change of commands could not be told"),
    );
  });
  const lists =
    parts.redisUrl === undefined
      ? null
      : redisLists(parts.redisUrl, { ofOrders: store.lanes, all: () => store.lanes(null) }, log);
  const changes = listenToChanges(
    pool,
    (change) => {
      dispatcher.poke(change.siteNo);
      gathered.add(change);
      lists?.changed(change.orderId);
    },
    log,
  );
  onStop("changes of commands", async () => {
    changes.close();
    gathered.stop();
    await lists?.close();
  });
  runEvery("giving out commands", LOOK_EVERY_MS, dispatcher.step, context);
  runEvery("the time of commands", EXPIRE_EVERY_MS, lanes.expire, context);
  const leases = leaseStore(pool);
  const served = serveLinks({
    identify,
    links,
    lanes,
    dispatcher,
    lessee: (link, send) =>
      createLessee(leases, link, send, (held) => {
        link.units = held;
      }),
    onEnded: (ended, edge, tx) => onEnded(ended, `edge ${edge}`, tx),
    log,
  });
  onStop("giving out commands", () => dispatcher.drained());
  const edgeAudit = edgeAuditService(edgeAuditStore(db), audit);
  const upkeep = async (): Promise<JobFigures> => {
    await links.forget();
    return commands.upkeep();
  };
  return { commands, policies, edgeAudit, linkUpgrade: served.upgrade, closeLinks: served.close, upkeep };
}

/** A site's id by its number; neither ever changes. */
function siteNames(db: Db): (siteNo: number) => Promise<string> {
  const known = new Map<number, string>();
  return async (siteNo) => {
    const name = known.get(siteNo);
    if (name !== undefined) return name;
    const { rows } = await sql<{ site_id: string }>`select site_id from sites where site_no = ${siteNo}`.execute(db);
    const found = rows[0]?.site_id ?? "";
    known.set(siteNo, found);
    return found;
  };
}
