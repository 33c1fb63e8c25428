import { dirname, join } from "node:path";
import type { Machine } from "@banksman/devices";
import { type Clock, type RoleContext, VERSION } from "@banksman/kit";
import { type EdgeFrame, LINK_PROTOCOL } from "@banksman/wire/link";
import { EDGE_ORDERS, type EdgeOrder } from "@banksman/wire/model";
import { z } from "zod";
import type { EdgeConfig } from "../config.ts";
import type { CoolingCollector } from "../cooling/collect-cooling.ts";
import { edgeName } from "../edge-name.ts";
import type { MinerSpec } from "../miner-list.ts";
import type { EdgeParts } from "../run-edge.ts";
import { readCa } from "../send.ts";
import { keepUploadingAudit } from "./audit-upload.ts";
import { createExecutor } from "./executor.ts";
import { Ledger } from "./ledger.ts";
import { OrderLink } from "./link.ts";

const CONNECT_MS = 3_000;
/** A stock Antminer takes up to half a minute over a new configuration. */
const ORDER_MS = 30_000;
/** Read back while sweeps go on: not as often as a person at a terminal would. */
const POLL_MS = 3_000;

type Options<M> = {
  config: EdgeConfig;
  parts: EdgeParts<M>;
  /** Every miner by its id, as it was read last or as it is configured. */
  miners: () => ReadonlyMap<string, MinerSpec>;
  /** Which machine goes by an id, with `identity: mac`. */
  machineOf: (minerId: string) => Machine | null;
  rescan: () => Promise<number>;
  /** What reads cooling units, where the configuration has any. */
  cooling: CoolingCollector | null;
  clock: Clock;
  context: Pick<RoleContext, "log" | "signal" | "onStop">;
};

const Interval = z.object({ seconds: z.number(), configured: z.union([z.number(), z.literal("auto")]) });

export type EdgeLink = {
  /** Runs until the signal aborts. */
  run: () => Promise<void>;
  /** Seconds that an order set, as long as the configuration says what it said then; else null. */
  orderedInterval: () => number | null;
  /** Miners were found, or read under another id: tells the server where it doesn't know. */
  minersChanged: () => void;
  /** False when the link is down: nothing was sent. */
  send: (frame: EdgeFrame) => boolean;
};

/** The order link of an edge: its record of commands, what carries them out, and the connection to the server. */
export function buildLink<M>(options: Options<M>): EdgeLink {
  const { config, parts, miners, machineOf, rescan, cooling, clock, context } = options;
  const { log, signal, onStop } = context;
  const folder = join(dirname(config.spool.path), "orders");
  const ledger = new Ledger(join(folder, "commands.db"));
  const { order: give, settle, drivers = {} } = parts;
  if (!give || !settle) throw new Error("the edge's parts give no orders");
  const collector = edgeName(config);
  const ca = config.ca_file === undefined ? undefined : readCa(config.ca_file);
  const server = { apiUrl: config.api_url, apiKey: config.api_key, siteId: config.site_id, ca };

  const edgeOrder = async (order: EdgeOrder): Promise<string> => {
    switch (order.order) {
      case "rescan": {
        const found = await rescan();
        if (found > 0) minersChanged();
        return `${found} miners found, ${miners().size} known`;
      }
      case "set_interval":
        ledger.setNote(
          "interval",
          JSON.stringify({ seconds: order.seconds, configured: config.collection_interval } satisfies z.input<
            typeof Interval
          >),
        );
        return `a sweep each ${order.seconds} s from the next one on`;
      case "upgrade_notice":
        ledger.setNote("upgrade", JSON.stringify({ version: order.version, note: order.note ?? null }));
        log.warn(
          { version: order.version },
          `banksman ${order.version} is there; this edge is ${VERSION}. ${order.note ?? ""}`,
        );
        return `noted; this edge is ${VERSION}`;
    }
  };
  const executor = createExecutor({
    ledger,
    targetOf: (minerId) => miners().get(minerId) ?? null,
    machineOf,
    give,
    settle,
    edgeOrder,
    toUnit: cooling?.orders(ledger, (frame) => link.send(frame)) ?? null,
    options: {
      connectTimeoutMs: CONNECT_MS,
      totalTimeoutMs: config.timeout_ms,
      orderTimeoutMs: ORDER_MS,
      pollMs: POLL_MS,
    },
    folder,
    tell: (frame) => link.send(frame),
    clock,
    log,
    signal,
  });
  let told: ReadonlySet<string> = new Set();
  const tellIds = (): string[] => {
    told = new Set(miners().keys());
    return [...told];
  };
  const link = new OrderLink({
    ...server,
    hello: () => ({
      type: "hello",
      protocol: LINK_PROTOCOL,
      ledger_id: ledger.id,
      collector_id: collector,
      version: VERSION,
      manifest: { drivers, edge_orders: [...EDGE_ORDERS], ...(cooling && { cooling_drivers: cooling.drivers }) },
      miner_ids: tellIds(),
    }),
    onFrame: (frame) => {
      if (frame.type === "welcome") executor.linked();
      executor.take(frame);
      cooling?.onFrame(frame);
    },
    clock,
    log,
  });
  const minersChanged = () => {
    const ids = miners();
    if (ids.size === told.size && [...told].every((id) => ids.has(id))) return;
    link.send({ type: "miners", miner_ids: tellIds() });
  };
  onStop("orders", async () => {
    await executor.drained();
    ledger[Symbol.dispose]();
  });
  return {
    run: async () => {
      ledger.forget(clock.now());
      executor.resume();
      const path = join(folder, "audit.jsonl");
      await Promise.all([
        link.run(signal),
        keepUploadingAudit({ ...server, collector, path, ledger, clock, log, signal }),
      ]);
    },
    orderedInterval: () => {
      const set = Interval.safeParse(JSON.parse(ledger.note("interval") ?? "null"));
      return set.success && set.data.configured === config.collection_interval ? set.data.seconds : null;
    },
    minersChanged,
    send: (frame) => link.send(frame),
  };
}
