import { dirname, join, resolve } from "node:path";
import type { CoolingFamily, LeftOrder, OrderOptions, OrderReport } from "@banksman/devices";
import { type Clock, codeOf, type RoleContext, runRole, serveOps, systemClock, VERSION } from "@banksman/kit";
import type { EdgeFrame, Manifest } from "@banksman/wire/link";
import type { Order } from "@banksman/wire/model";
import { collect } from "./collect.ts";
import { DEFAULT_CONFIG_FILE, type EdgeConfig, intervalSeconds } from "./config.ts";
import { buildCooling, type CoolingCollector } from "./cooling/collect-cooling.ts";
import { withProfiles } from "./cooling/read-profile.ts";
import { MinerBook, type Scan } from "./discover.ts";
import { createEdgeMetrics, type EdgeMetrics } from "./edge-metrics.ts";
import { edgeName } from "./edge-name.ts";
import { EdgeUsage } from "./errors.ts";
import { Identities } from "./identities.ts";
import { buildLink, type EdgeLink } from "./link/build-link.ts";
import { loadWithPlugins } from "./load-with-plugins.ts";
import { listMiners, type MinerSpec } from "./miner-list.ts";
import { sweepOnce } from "./once.ts";
import { Outbox } from "./outbox.ts";
import { refusePlaceholders } from "./placeholders.ts";
import { createProgress } from "./progress.ts";
import type { Logins, Reader, ReadTarget } from "./reader.ts";
import { createSend, readCa } from "./send.ts";
import { openSpool, type Spool } from "./spool.ts";
import { otherSiteLine } from "./spool-facts.ts";
import { Sweeper } from "./sweep.ts";
import { Uploader } from "./uploader.ts";
import { relayVideo } from "./video/relay.ts";

/** What the edge is built with: the devices library, handed in so that tests can put their own in its place. */
export type EdgeParts<M> = {
  reader: Reader<M>;
  scan: Scan;
  /** What `type` in the configuration may say. */
  types: readonly string[];
  /** These parts with the drivers of further packages, as they are installed for `folder`. */
  withPlugins?: (names: readonly string[], folder: string) => Promise<EdgeParts<M>>;
  /** These parts with what the configuration says of who asks. */
  withLogins?: (logins: Logins) => EdgeParts<M>;
  /** Orders one device something, or asks it. */
  order?: (target: ReadTarget, order: Order, how: OrderOptions) => Promise<OrderReport>;
  /** Reads back what became of an order that has left; sends nothing. */
  settle?: (target: ReadTarget, order: Order, how: OrderOptions, left: LeftOrder) => Promise<OrderReport>;
  /** Which orders each driver has. */
  drivers?: Manifest["drivers"];
};

export type EdgeFlags = { config?: string | undefined; once?: boolean; dryRun?: boolean; json?: boolean };

const USUAL_OPS_PORT = 9480;
const DISCOVER_EVERY_MS = 600_000;
/** An edge that hasn't finished a sweep for this many intervals isn't doing its job. */
const LATE_SWEEPS = 3;
/** How long an upload in flight may go on once the edge was told to stop. */
const LAST_UPLOAD_MS = 5_000;

/** Runs the edge until SIGTERM, or for one sweep; resolves to the exit code. */
export function runEdge<M>(flags: EdgeFlags, parts: EdgeParts<M>): Promise<number> {
  const path = flags.config ?? DEFAULT_CONFIG_FILE;
  const quiet = flags.once || process.stdout.isTTY;
  return runRole(
    "edge",
    async () => {
      const loaded = await loadWithPlugins(path, parts);
      if (!flags.dryRun) refusePlaceholders(loaded.config, path);
      const coolers = await withProfiles(loaded.config.cooling_profiles, dirname(path));
      return { ...loaded, coolers };
    },
    (loaded, context) => new Edge(loaded, path, flags, context).run(),
    quiet && process.env.LOG_LEVEL === undefined ? { logLevel: "warn" } : {},
  );
}

type Loaded<M> = { config: EdgeConfig; parts: EdgeParts<M>; coolers: readonly CoolingFamily[] };

type Delivery = {
  spool: Spool;
  outbox: Outbox;
  uploader: Uploader;
  figures: EdgeMetrics;
  link: EdgeLink | null;
  cooling: CoolingCollector | null;
};

/** Wires the parts together, in the order in which they depend on each other. */
class Edge<M> {
  readonly #config: EdgeConfig;
  readonly #path: string;
  readonly #coolers: readonly CoolingFamily[];
  readonly #flags: EdgeFlags;
  readonly #parts: EdgeParts<M>;
  readonly #context: RoleContext;
  readonly #book: MinerBook;
  readonly #sweeper: Sweeper<M>;
  readonly #identities: Identities | null;
  readonly #clock: Clock = systemClock;

  constructor({ config, parts, coolers }: Loaded<M>, path: string, flags: EdgeFlags, context: RoleContext) {
    this.#config = config;
    this.#coolers = coolers;
    this.#path = path;
    this.#flags = flags;
    this.#parts = parts;
    this.#context = context;
    this.#book = new MinerBook(listMiners(config, path));
    this.#identities = config.identity === "mac" ? new Identities(identityFile(config), context.log) : null;
    this.#sweeper = new Sweeper({
      reader: parts.reader,
      clock: this.#clock,
      siteId: config.site_id,
      maxWorkers: config.max_workers,
      timeoutMs: config.timeout_ms,
      uploadBatch: config.upload_batch,
      raw: config.raw,
      ...(this.#identities && { identities: this.#identities }),
    });
  }

  async run(): Promise<number> {
    const { once, dryRun, json = false } = this.#flags;
    const { signal } = this.#context;
    const delivery = dryRun ? null : this.#openDelivery(!once);
    // Without a configured miner there is nothing to sweep before the search is through.
    if (once || this.#book.miners.length === 0) await this.#discover();
    if (!once) return this.#collect(delivery);
    const progress = createProgress({
      out: process.stderr,
      log: this.#context.log,
      miners: () => this.#book.miners.length,
    });
    return sweepOnce({
      progress,
      sweep: (watch) => this.#sweeper.run(this.#book.miners, watch),
      delivery: delivery && {
        ...delivery,
        lastError: () => delivery.spool.notes().last_error,
        otherSites: () => delivery.spool.otherSites(),
      },
      siteId: this.#config.site_id,
      hasCooling: this.#config.cooling !== undefined,
      json,
      signal,
    });
  }

  /** Seconds between sweeps, as ordered or as configured. */
  #intervalSeconds(link: EdgeLink | null): number {
    return link?.orderedInterval() ?? intervalSeconds(this.#config, this.#book.miners.length);
  }

  /** Where each miner is: as it was read last, else as it is configured. */
  #minersById(): ReadonlyMap<string, MinerSpec> {
    return new Map([...this.#book.miners.map((miner) => [miner.id, miner] as const), ...this.#sweeper.places]);
  }

  /** What runs beside the sweeps: the order link, and the cooling units where the configuration has any. */
  #openLink(): Pick<Delivery, "link" | "cooling"> {
    let link: EdgeLink | null = null;
    const send = (frame: EdgeFrame): boolean => link?.send(frame) ?? false;
    const [config, path, families, clock, context] = [
      this.#config,
      this.#path,
      this.#coolers,
      this.#clock,
      this.#context,
    ];
    const cooling =
      config.cooling === undefined ? null : buildCooling({ config, path, families, send, clock, context });
    link = this.#parts.order ? this.#buildLink(cooling) : null;
    return { link, cooling };
  }

  #buildLink(cooling: CoolingCollector | null): EdgeLink {
    return buildLink({
      config: this.#config,
      parts: this.#parts,
      miners: () => this.#minersById(),
      machineOf: (minerId) => this.#identities?.machine(minerId) ?? null,
      rescan: () => this.#discover(),
      cooling,
      clock: this.#clock,
      context: this.#context,
    });
  }

  #openDelivery(takesOrders: boolean): Delivery {
    const { log, onStop, metrics } = this.#context;
    const { spool: where, site_id: siteId } = this.#config;
    const { link, cooling } = takesOrders ? this.#openLink() : { link: null, cooling: null };
    const send = createSend({
      apiUrl: this.#config.api_url,
      apiKey: this.#config.api_key,
      caFile: this.#config.ca_file,
      version: VERSION,
      collector: edgeName(this.#config),
      intervalSeconds: () => this.#intervalSeconds(link),
      clock: this.#clock,
    });
    const spool = openSpool({ ...where, siteId, clock: this.#clock, log });
    const outbox = new Outbox(spool);
    const figures = createEdgeMetrics(metrics, { site_id: siteId, spool: resolve(where.path) });
    const onOutcome = (outcome: Parameters<typeof figures.upload>[0], batch: { readings: number }) =>
      figures.upload(outcome, batch.readings);
    const uploader = new Uploader({ outbox, spool, send, clock: this.#clock, log, onOutcome });
    onStop("close spool", () => {
      outbox.close();
      spool.close();
    });
    return { spool, outbox, uploader, figures, link, cooling };
  }

  /** Reads the site's cameras for the server, unless the configuration says that nobody may see them. */
  async #relayVideo(): Promise<void> {
    const { video, spool, ca_file: caFile, api_url: apiUrl, api_key: apiKey, site_id: siteId } = this.#config;
    if (video === false) return;
    const server = { apiUrl, apiKey, siteId, ca: caFile === undefined ? undefined : readCa(caFile) };
    const { log, signal } = this.#context;
    const workDir = dirname(spool.path);
    await relayVideo({ server, allow: video?.allow ?? [], workDir, clock: this.#clock, log }, signal);
  }

  /** Resolves to how many were found. */
  async #discover(): Promise<number> {
    const { log, signal } = this.#context;
    return this.#book.discover(this.#config.discover, this.#parts.scan, log, signal);
  }

  async #collect(delivery: Delivery | null): Promise<number> {
    const { log, signal, health } = this.#context;
    const miners = () => this.#book.miners;
    const began = this.#clock.monotonic();
    let sweptAt: number | null = null;
    const progress = createProgress({ out: process.stdout, log, miners: () => miners().length });
    health.addReadyCheck("sweep", () => (sweptAt === null ? "the first sweep is not through yet" : null));
    const link = delivery?.link ?? null;
    health.addHealthCheck("sweep", () => this.#lateness(sweptAt ?? began, link));
    if (delivery) this.#watch(delivery);
    for (const other of delivery?.spool.otherSites() ?? []) log.warn(other, otherSiteLine(other));
    await this.#serveOps();

    const lastUpload = lateSignal(signal, LAST_UPLOAD_MS);
    const uploading = delivery?.uploader.run(signal, lastUpload);
    const cooling = delivery?.cooling?.run(lastUpload);
    const discovering = this.#keepDiscovering(link);
    const ordering = link?.run();
    const relaying = delivery ? this.#relayVideo() : undefined;
    const collecting = collect({
      miners,
      sweep: (list, watch) => this.#sweeper.run(list, watch),
      intervalMs: () => this.#intervalSeconds(link) * 1000,
      outbox: delivery?.outbox ?? { store: () => true },
      clock: this.#clock,
      log,
      signal,
      onReading: progress.onReading,
      onSkipped: (sweeps) => {
        delivery?.figures.skipped(sweeps);
        log.warn(
          { sweeps },
          `the sweep took longer than the interval: ${sweeps} skipped. Raise max_workers or collection_interval.`,
        );
      },
      onSweep: (result, stored) => {
        sweptAt = this.#clock.monotonic();
        // With identity: mac only a sweep tells who is at each place.
        link?.minersChanged();
        const backlog = delivery?.outbox.backlog ?? 0;
        progress.onSweep(result, { stored, backlog });
        delivery?.figures.sweep(result, backlog, delivery.spool.notes().lost_readings);
      },
    });
    // A failure of any of them ends the role: half an edge would look like a whole one.
    await Promise.all([collecting, uploading, discovering, ordering, cooling, relaying]);
    return 0;
  }

  #lateness(sweptAt: number, link: EdgeLink | null): string | null {
    const late = this.#clock.monotonic() - sweptAt;
    const interval = this.#intervalSeconds(link) * 1000;
    return late > LATE_SWEEPS * interval + this.#config.timeout_ms
      ? `no sweep finished for ${Math.round(late / 1000)} s`
      : null;
  }

  #watch({ outbox, uploader }: Delivery): void {
    const { health } = this.#context;
    health.addHealthCheck("upload", () => uploader.trouble());
    health.addReadyCheck("upload", () => uploader.outage());
    health.addHealthCheck("spool", () => outbox.trouble());
  }

  async #serveOps(): Promise<void> {
    const { ops_port: wished, ops_host: host, metrics_token: metricsToken, metrics_allow: metricsAllow } = this.#config;
    const { health, metrics, onStop, log } = this.#context;
    const guard = { ...(metricsToken !== undefined && { metricsToken }), ...(metricsAllow && { metricsAllow }) };
    const port = wished ?? USUAL_OPS_PORT;
    const ops = await serveOps({ host, port, ...guard }, health, metrics).catch((error: unknown) => {
      // Several edges on one machine: those that were given no port of their own go on without.
      if (codeOf(error) !== "EADDRINUSE") throw error;
      if (wished !== undefined) throw EdgeUsage.OPS_PORT_TAKEN(host, port, { cause: error });
      log.warn(
        { port },
        `port ${port} is taken: no /health and /metrics here. Set ops_port to a free one; curl http://${host}:${port}/metrics | grep edge_info shows the edge that has it.`,
      );
      return null;
    });
    if (!ops) return;
    log.info({ port: ops.port }, `/health, /ready and /metrics on http://${host}:${ops.port}`);
    onStop("close /health", () => ops.close());
  }

  async #keepDiscovering(link: EdgeLink | null): Promise<void> {
    const { signal, log } = this.#context;
    if (this.#config.discover.length === 0) return;
    while (!signal.aborted) {
      const found = await this.#discover().catch((error: unknown) => {
        log.warn({ err: error }, "the search for miners failed");
        return 0;
      });
      if (found > 0) link?.minersChanged();
      await this.#clock.sleep(DISCOVER_EVERY_MS, signal).catch(() => {});
    }
  }
}

/** Beside the spool, since it belongs to the same site. */
const identityFile = ({ spool }: EdgeConfig): string => join(dirname(spool.path), "identities.json");

/** Aborts `ms` after `signal` does. */
function lateSignal(signal: AbortSignal, ms: number): AbortSignal {
  const late = new AbortController();
  signal.addEventListener("abort", () => setTimeout(() => late.abort(signal.reason), ms).unref(), { once: true });
  return late.signal;
}
