import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import type { OrderOptions, OrderReport } from "@banksman/devices";
import { runRole } from "@banksman/kit";
import { CommandOrder, type Order } from "@banksman/wire/model";
import { DEFAULT_CONFIG_FILE, type EdgeConfig } from "../config.ts";
import { loadWithPlugins } from "../load-with-plugins.ts";
import { listMiners } from "../miner-list.ts";
import type { ReadTarget } from "../reader.ts";
import type { EdgeParts } from "../run-edge.ts";
import { parseTarget } from "../test-miner.ts";
import { appendAudit, appendOutcome } from "./audit-file.ts";
import { lockDevice } from "./device-lock.ts";
import { MinerUsage } from "./errors.ts";
import { type LoginFlags, loginOf } from "./login.ts";
import { orderOf } from "./order-words.ts";
import { describeReport, isDone } from "./report.ts";
import { giveThroughServer, minerAt, type ServerFlags, serverFor, type ThroughServer } from "./through-server.ts";

/** The flags of `banksman miner`, as text. */
export type MinerFlags = LoginFlags &
  ServerFlags & {
    config?: string | undefined;
    direct?: boolean | undefined;
    poolPassword?: string | undefined;
    httpPort?: string | undefined;
    v3Port?: string | undefined;
    noVerify?: boolean | undefined;
  };

/** One order that was asked for, with all that giving it needs. */
type Errand = { order: Order; target: ReadTarget; options: OrderOptions; folder: string; json: boolean };

/** How an order gets to a device: from here, or by the server with its permissions, queue and audit. */
type Way = (errand: Errand, give: Give, signal: AbortSignal) => Promise<OrderReport>;
type Give = NonNullable<EdgeParts<unknown>["order"]>;

/** Runs `banksman miner IP …`; resolves to the exit code: 0 when it was done, 1 when not or nobody can tell. */
export function runMiner<M>(address: string, words: readonly string[], flags: MinerFlags, parts: EdgeParts<M>) {
  return runRole(
    "edge",
    async () => {
      const order = orderOf(words, flags.poolPassword);
      const server = serverOf(flags, order);
      if (server) return { server };
      const { host, port } = parseTarget(address, MinerUsage.WORDS);
      const way = wayOf(flags, order);
      const loaded = await configFor(flags.config, parts);
      return { ...loaded, way, errand: errandOf({ order, host, port, flags, config: loaded.config }) };
    },
    async (setUp, { signal }) => {
      if (setUp.server) return giveThroughServer(minerAt(address), setUp.server, signal);
      const { way, errand, parts: own } = setUp;
      if (!own.order) throw new Error("the edge's parts give no orders");
      const report = await way(errand, own.order, signal);
      process.stdout.write(errand.json ? `${JSON.stringify(report)}\n` : describeReport(errand.order, report));
      return isDone(report) ? 0 : 1;
    },
    { logLevel: process.env.LOG_LEVEL ?? "warn" },
  );
}

const QUESTIONS = new Set(["pools_get", "mode_get", "logs"]);

/** What only asks needs no permission beyond this machine's; an order goes through the server or is given openly. */
function wayOf({ direct, dryRun }: MinerFlags, order: Order): Way {
  if (dryRun || QUESTIONS.has(order.order)) return ask;
  if (direct) return giveFromHere;
  throw MinerUsage.NO_SERVER();
}

/** Where a server is configured, an order goes through it: its permissions, queue, interlocks and audit. */
function serverOf(flags: MinerFlags, order: Order): ThroughServer | null {
  const given = CommandOrder.safeParse(order);
  return flags.direct || QUESTIONS.has(order.order) || !given.success ? null : serverFor(given.data, flags);
}

async function configFor<M>(path: string | undefined, parts: EdgeParts<M>) {
  if (path === undefined && !existsSync(DEFAULT_CONFIG_FILE)) return { config: null, parts };
  return loadWithPlugins(path ?? DEFAULT_CONFIG_FILE, parts);
}

type Asked = { order: Order; host: string; port: number | undefined; flags: MinerFlags; config: EdgeConfig | null };

const CONNECT_MS = 3_000;
/** A stock Antminer takes up to half a minute over a new configuration. */
const ORDER_MS = 30_000;
const API_PORT = 4028;

function errandOf({ order, host, port, flags, config }: Asked): Errand {
  const known = (config ? listMiners(config, "--config") : []).find(
    (miner) => miner.host === host && (port === undefined || miner.port === port),
  );
  const login = loginOf(flags);
  const ports = {
    ...known?.options,
    ...(flags.httpPort !== undefined && { http_port: portOf("--http-port", flags.httpPort) }),
    ...(flags.v3Port !== undefined && { v3_port: portOf("--v3-port", flags.v3Port) }),
  };
  const credentials = login ?? known?.credentials;
  return {
    order,
    target: {
      host,
      port: port ?? known?.port ?? API_PORT,
      type: known?.type ?? "auto",
      options: ports,
      ...(credentials && { credentials }),
    },
    options: {
      connectTimeoutMs: CONNECT_MS,
      totalTimeoutMs: config?.timeout_ms ?? 10_000,
      orderTimeoutMs: ORDER_MS,
      ...(flags.factoryPassword && { factoryCredentials: true }),
      ...(flags.dryRun && { dryRun: true }),
      ...(flags.noVerify && { verify: false }),
      onSeen: (seen) => showSeen(seen),
    },
    folder: join(dirname(config?.spool.path ?? "./cache/offline_cache.db"), "orders"),
    json: flags.json ?? false,
  };
}

function portOf(flag: string, text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw MinerUsage.WORDS(`${flag} ${text}: must be a TCP port`);
}

/** On a terminal one line that changes; nothing anywhere else. */
function showSeen(seen: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${seen.slice(0, (process.stderr.columns ?? 80) - 1)}`);
}

const ask: Way = ({ target, order, options }, give, signal) => give(target, order, { ...options, signal });

/** With the device held against other orders from this machine, and a line in the audit file before and after. */
const giveFromHere: Way = async (errand, give, signal) => {
  const { target, folder } = errand;
  const device = `${target.host}:${target.port}`;
  using _held = lockDevice(folder, device);
  const path = join(folder, "audit.jsonl");
  const about = { order_id: randomUUID(), actor: actorOf(), device, order: withoutSecrets(errand.order) };
  await appendAudit(path, { ...about, event: "ordered" });
  const report = await ask(errand, give, signal);
  const { outcome, verified, reason, driver } = report;
  await appendOutcome(path, { ...about, event: "result", outcome, verified, reason, driver });
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[2K");
  return report;
};

/** The person, where sudo says who it was. */
const actorOf = (): string => process.env.SUDO_USER ?? userInfo().username;

function withoutSecrets(what: Order): Record<string, unknown> {
  if (what.order !== "pools_set") return { ...what };
  return { ...what, pools: what.pools.map(({ url, worker }) => ({ url, worker })) };
}
