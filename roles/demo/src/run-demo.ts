import { randomBytes } from "node:crypto";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import { codeOf, messageOf, type RoleContext, runRole, systemClock, untilAborted } from "@banksman/kit";
import { ensureCameras, startCameras } from "./cameras.ts";
import { type Part, startPart } from "./child.ts";
import { DemoErrors, UsageErrors } from "./errors.ts";
import { type DemoNotes, draftNotes, keepNotes, notesFile, readNotes } from "./notes.ts";
import { type DemoFlags, type DemoOptions, demoOptionsOf } from "./options.ts";
import { ensurePoolAccount, ensureSite, keyWorks, makeKey, signIn } from "./setup.ts";

export type DemoSetting = {
  /** The `banksman` command as it was started, to start the parts with. */
  banksman: readonly string[];
  /** Stop when the process that started this one is gone: a killed `npm start` tells its script nothing. */
  endWithParent: boolean;
};
type Demo = DemoSetting & DemoOptions;

const SITE_ID = "1";
const INTERVAL_S = 10;

/** `banksman demo`: a server, simulated miners on real sockets, the pool they work for, and an edge that reads them, each a process of its own. */
export const runDemo = (flags: DemoFlags, setting: DemoSetting): Promise<number> =>
  runRole("demo", () => ({ ...setting, ...demoOptionsOf(flags) }), demo, { logLevel: "warn" });

async function demo(options: Demo, context: RoleContext): Promise<void> {
  const dataDir = resolve(options.dataDir);
  await makeFolder(dataDir);
  const known = await readNotes(dataDir);
  const password = known?.password ?? randomBytes(15).toString("base64url");
  const draft = { url: "", site_id: SITE_ID, username: "admin", password, collector_key: "" };
  if (known === null) await draftNotes(dataDir, draft);
  const { url, server } = await startServer(options, dataDir, password, context);
  const pool = startPool(options, context);
  const cameras = startCameras(options.banksman, context.log);
  if (cameras) context.onStop("cameras", cameras.stop);
  const collector_key = await prepare(url, password, known, dataDir, { pool, cameras });
  const notes: DemoNotes = { ...draft, url, collector_key };
  await keepNotes(dataDir, notes);
  const parts = [server, pool, ...(cameras ? [cameras] : []), ...(await startSite(options, dataDir, notes, context))];
  welcome(notes, options.miners, notesFile(dataDir));
  await Promise.race([
    untilAborted(context.signal),
    ...(options.endWithParent ? [untilOrphaned(context.signal)] : []),
    ...parts.map((part) => untilEnded(part, context.signal)),
  ]);
}

async function makeFolder(path: string): Promise<void> {
  // In a folder where none can be made, such as /proc, Node's recursive mkdir never comes back: the last one is made alone.
  const make = async () => {
    await mkdir(dirname(path), { recursive: true });
    await mkdir(path).catch(async (error: unknown) => {
      if (codeOf(error) !== "EEXIST" || !(await stat(path)).isDirectory()) throw error;
    });
  };
  await make().catch((error: unknown) => {
    const fix = `a folder that can be made or written (${codeOf(error) ?? messageOf(error)})`;
    throw UsageErrors.DEMO_FLAG("--data-dir", path, fix, { cause: error });
  });
}

/** A part that ends while nobody asked it to ends the demo: half a site would look like a broken one. */
async function untilEnded(part: Part, signal: AbortSignal): Promise<void> {
  await part.ended;
  if (!signal.aborted) throw part.endedByItself();
}

async function untilOrphaned(signal: AbortSignal): Promise<void> {
  const parent = process.ppid;
  while (process.ppid === parent && !signal.aborted) await systemClock.sleep(1_000);
}

async function startServer(options: Demo, dataDir: string, password: string, { log, onStop }: RoleContext) {
  const environment = {
    HOST: "127.0.0.1",
    PORT: String(await freePort(options.port)),
    PUBLIC_URL: "",
    DATABASE_URL: "",
    REDIS_URL: "",
    DATA_DIR: dataDir,
    ADMIN_USERNAME: "admin",
    ADMIN_PASSWORD: password,
    PUBLIC_READ: "loopback",
    // The demo's pool is on this machine.
    EGRESS_ALLOW: "127.0.0.0/8",
    LOG_LEVEL: "info",
  };
  const server = startPart("server", [...options.banksman, "server"], environment, log);
  onStop("server", server.stop, { within: 9_000 });
  const [, url = ""] = await server.prints(/Banksman is at (\S+)/);
  return { url, server };
}

/** A pool that the miners work for, where one is robbed of its shares and another of some of them. */
function startPool(options: Demo, { log, onStop }: RoleContext): Part {
  const planted = ["--stolen", "7", "--skimmed", "23"];
  const args = ["sim", "pool", "--port", "0", "--count", String(options.miners), ...planted];
  const pool = startPart("pool", [...options.banksman, ...args], { LOG_LEVEL: "info" }, log);
  onStop("pool", pool.stop);
  return pool;
}

/** The site, its pool account, its cameras and a key for its edge; the key of an earlier run is kept as long as it works. */
async function prepare(
  url: string,
  password: string,
  known: DemoNotes | null,
  dataDir: string,
  { pool, cameras }: { pool: Part; cameras: Part | null },
): Promise<string> {
  const cookie = await signIn(url, "admin", password);
  if (cookie === null) throw DemoErrors.SIGN_IN_REFUSED(dataDir);
  await ensureSite(url, cookie, SITE_ID);
  const [, poolUrl = ""] = await pool.prints(/pool on (http:[^,]+), account/);
  await ensurePoolAccount(url, cookie, SITE_ID, poolUrl);
  if (cameras) await ensureCameras(url, cookie, SITE_ID, cameras);
  if (known?.collector_key && (await keyWorks(url, known.collector_key, SITE_ID))) return known.collector_key;
  return makeKey(url, cookie, SITE_ID);
}

async function startSite(
  options: Demo,
  dataDir: string,
  { url, collector_key }: DemoNotes,
  context: RoleContext,
): Promise<Part[]> {
  const { log, onStop } = context;
  const from = await freeRange(options.from);
  const config = join(dataDir, "demo-collector_config.json");
  const content = edgeConfig({ ...options, from }, dataDir, url, collector_key);
  await writeFile(config, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  const count = ["--count", String(options.miners), "--from", from, "--web-port", String(WEB_PORT)];
  const miners = startPart("miners", [...options.banksman, "sim", "miners", ...count], { LOG_LEVEL: "info" }, log);
  onStop("miners", miners.stop);
  await miners.prints(/miners on /);
  const edge = startPart("edge", [...options.banksman, "edge", "--config", config], { LOG_LEVEL: "info" }, log);
  onStop("edge", edge.stop);
  return [miners, edge];
}

const MINERS_PER_RACK = 15;
/** Where the miners have their web servers, which take most orders; 80 needs root. Each miner has an address of its own. */
const WEB_PORT = 8480;

/** The simulated miners as a site would list them: racks of fifteen, in rows of five. */
function edgeConfig(options: DemoOptions, dataDir: string, url: string, key: string): object {
  const first = options.from.split(".").reduce((number, part) => number * 256 + Number(part), 0);
  const address = (index: number) => [24, 16, 8, 0].map((shift) => ((first + index) >>> shift) & 255).join(".");
  const miners = Array.from({ length: options.miners }, (_, index) => {
    const place = index % MINERS_PER_RACK;
    const rack = `R${String(Math.floor(index / MINERS_PER_RACK) + 1).padStart(2, "0")}`;
    const position = `L${Math.floor(place / 5) + 1}-N${(place % 5) + 1}`;
    return {
      id: `M_${String(index + 1).padStart(4, "0")}`,
      ip: address(index),
      type: "auto",
      rack,
      position,
      options: { http_port: WEB_PORT },
    };
  });
  return {
    api_url: url,
    api_key: key,
    site_id: SITE_ID,
    collection_interval: INTERVAL_S,
    max_workers: 50,
    raw: true,
    // Simulated miners have the factory's logins, so that orders can be tried.
    factory_credentials: true,
    spool: { path: join(dataDir, "demo-spool.db") },
    miners,
  };
}

/** The wished port, or the next free one: the demo must not fail because something else runs on 8080. */
async function freePort(wished: number): Promise<number> {
  for (let port = wished; port < wished + 50; port++) if (await isFree("127.0.0.1", port)) return port;
  return 0;
}

/** The wished first address, or the same in another 127.x: a second demo on this machine has its own miners. */
async function freeRange(from: string): Promise<string> {
  const [first, second = "60", ...rest] = from.split(".");
  for (let x = Number(second); x < 255; x++) {
    const address = [first, x, ...rest].join(".");
    if (await isFree(address, 4028)) return address;
  }
  return from;
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((settle) => {
    const probe = createServer();
    probe.once("error", () => settle(false));
    probe.listen(port, host, () => probe.close(() => settle(true)));
  });
}

function welcome({ url, site_id, username, password, collector_key }: DemoNotes, miners: number, file: string): void {
  process.stdout.write(`
Banksman is running with ${miners} simulated miners, read over real sockets every ${INTERVAL_S} s.

  open           ${url}/monitor/${site_id}
  user           ${username}
  password       ${password}
  collector key  ${collector_key}

Kept in ${file}. Ctrl-C stops everything.
`);
}
