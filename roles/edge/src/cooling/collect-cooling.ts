import { dirname, join } from "node:path";
import type { CoolingFamily } from "@banksman/devices";
import { type Clock, type RoleContext, VERSION } from "@banksman/kit";
import type { EdgeFrame, Manifest, ServerFrame } from "@banksman/wire/link";
import type { EdgeConfig } from "../config.ts";
import { edgeName } from "../edge-name.ts";
import type { Ledger } from "../link/ledger.ts";
import { Outbox } from "../outbox.ts";
import { createSend } from "../send.ts";
import { openSpool } from "../spool.ts";
import { coolingSpoolOf } from "../status.ts";
import { Uploader } from "../uploader.ts";
import { coolingBatches } from "./batches.ts";
import { createCoolingMetrics } from "./cooling-metrics.ts";
import { Leases } from "./leases.ts";
import type { Held, RoundPart } from "./round.ts";
import { Rounds } from "./rounds.ts";
import { Turns } from "./turns.ts";
import { createUnitOrders } from "./unit-orders.ts";
import { listUnits, unitId } from "./units.ts";

const UPLOAD_PATH = "/api/collector/cooling";

type Options = {
  config: EdgeConfig;
  /** Of the configuration, for what it says wrong. */
  path: string;
  /** Every driver: those that are built in, and those of the configuration's profiles. */
  families: readonly CoolingFamily[];
  /** False when the link is down. */
  send: (frame: EdgeFrame) => boolean;
  clock: Clock;
  context: RoleContext;
};

export type CoolingCollector = {
  /** Runs until the signal aborts; an upload in flight then gets `lastUpload`'s time. */
  run: (lastUpload: AbortSignal) => Promise<void>;
  /** Of the order link. */
  onFrame: (frame: ServerFrame) => void;
  /** What the server is told of the drivers. */
  drivers: Manifest["drivers"];
  /** What carries out orders to units, with the edge's record of commands. */
  orders: (ledger: Ledger, tell: (frame: EdgeFrame) => void) => ReturnType<typeof createUnitOrders>;
};

/** The part of the edge that reads cooling units: rounds, their spool beside that of the miners, uploads and leases. */
export function buildCooling({ config, path, families, send, clock, context }: Options): CoolingCollector {
  const { log, signal, health, metrics, onStop } = context;
  const own = new Map(listUnits(config, path, families).map((unit) => [unitId(unit), unit]));
  const alone = [...own.values()]
    .filter(({ leased }) => !leased)
    .map((unit): Held => ({ unit, until: () => Number.POSITIVE_INFINITY }));
  const folder = dirname(config.spool.path);
  const spool = openSpool({ ...config.spool, path: coolingSpoolOf(config), siteId: config.site_id, clock, log });
  const outbox = new Outbox(spool);
  const collectorId = edgeName(config);
  const leases = new Leases({ own, send, clock, log, onChange: () => rounds.changed() });
  const helds = () => [...alone, ...leases.helds()];

  const onPart = async (part: RoundPart): Promise<void> => {
    const batches = await coolingBatches(part, { siteId: config.site_id, collectorId, collectedAt: clock.now() });
    if (batches.length > 0) outbox.store(batches);
    figures.late(part.failures.length);
    const [round] = part.rounds;
    if (!round) return;
    figures.round(round);
    const { round_at, duration_ms: took_ms, done, deferred, failed } = round;
    log.info(
      { round_at, took_ms, done, deferred, failed },
      `cooling round: ${done} read, ${deferred} put off, ${failed} failed`,
    );
  };
  const ordersFolder = join(folder, "orders");
  const turns = new Turns({ folder: ordersFolder, clock, signal });
  const rounds = new Rounds({ helds, turns, onPart, clock, log, families });
  const figures = createCoolingMetrics(metrics, {
    breakers: () => rounds.breakers(),
    units: () => helds().length,
    backlog: () => outbox.backlog,
  });
  const uploader = new Uploader({
    outbox,
    spool,
    send: createSend({
      apiUrl: config.api_url,
      apiKey: config.api_key,
      caFile: config.ca_file,
      version: VERSION,
      collector: collectorId,
      intervalSeconds: () => Math.min(...helds().map(({ unit }) => unit.interval_s), 3_600),
      clock,
      path: UPLOAD_PATH,
    }),
    clock,
    log,
    onOutcome: (outcome, { readings }) => figures.upload(outcome, readings),
  });
  health.addHealthCheck("cooling upload", () => uploader.trouble());
  health.addReadyCheck("cooling upload", () => uploader.outage());
  health.addHealthCheck("cooling spool", () => outbox.trouble());
  onStop("close cooling spool", () => {
    outbox.close();
    spool.close();
  });
  return {
    run: async (lastUpload) => {
      const reading = rounds.run(signal);
      // A failure of any of them ends the role.
      const leasing = leases.run(signal, reading, (unit) => rounds.isSettled(unit));
      await Promise.all([reading, leasing, uploader.run(signal, lastUpload)]);
    },
    onFrame: (frame) => {
      if (frame.type === "welcome") leases.linked();
      if (frame.type === "cooling_leases") leases.take(frame);
    },
    drivers: Object.fromEntries(families.map(({ id, title, orders }) => [id, { title, orders: [...orders] }])),
    orders: (ledger, tell) =>
      createUnitOrders({
        ledger,
        tell,
        unitOf: (key) => helds().find(({ unit }) => unitId(unit) === unitId(key)) ?? null,
        familyOf: (unit) => rounds.familyOf(unit),
        families,
        turns,
        folder: ordersFolder,
        clock,
        signal,
      }),
  };
}
