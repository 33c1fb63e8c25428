import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { messageOf, type RoleContext, runRole, systemClock, untilAborted } from "@banksman/kit";
import { z } from "zod";
import { startPart } from "./child.ts";
import { ensureSite, keyWorks, makeKey, signIn } from "./setup.ts";

/** What the demo writes down, for people and scripts. */
const DemoFile = z.object({
  url: z.string(),
  site_id: z.string(),
  username: z.string(),
  password: z.string(),
  collector_key: z.string(),
});
type DemoFile = z.infer<typeof DemoFile>;

export type DemoOptions = {
  /** The `banksman` command as it was started, to start the parts with. */
  banksman: readonly string[];
  dataDir: string;
  port: number;
  miners: number;
  /** First address of the simulated miners. */
  from: string;
  /** Stop when the process that started this one is gone: a killed `npm start` tells its script nothing. */
  endWithParent: boolean;
};

const SITE_ID = "1";
const INTERVAL_S = 10;

/** `banksman demo`: a server, simulated miners on real sockets and an edge that reads them, each a process of its own. */
export const runDemo = (options: DemoOptions): Promise<number> =>
  runRole("demo", () => options, demo, { logLevel: "warn" });

async function demo(options: DemoOptions, context: RoleContext): Promise<void> {
  const dataDir = resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true });
  const file = join(dataDir, "demo.json");
  const known = await readKnown(file);
  const password = known?.password ?? randomBytes(15).toString("base64url");
  const { url, serverEnded } = await startServer(options, dataDir, password, context);
  const collector_key = await prepare(url, password, known);
  const demoFile: DemoFile = { url, site_id: SITE_ID, username: "admin", password, collector_key };
  await writeFile(file, `${JSON.stringify(demoFile, null, 2)}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
  await startSite(options, dataDir, demoFile, context);
  welcome(demoFile, options.miners, file);
  await Promise.race([
    untilAborted(context.signal),
    ...(options.endWithParent ? [untilOrphaned(context.signal)] : []),
    serverEnded.then((code) => {
      if (!context.signal.aborted) throw new Error(`the server ended with exit code ${code}`);
    }),
  ]);
}

async function untilOrphaned(signal: AbortSignal): Promise<void> {
  const parent = process.ppid;
  while (process.ppid === parent && !signal.aborted) await systemClock.sleep(1_000);
}

async function readKnown(file: string): Promise<DemoFile | null> {
  const text = await readFile(file, "utf8").catch(() => null);
  if (text === null) return null;
  try {
    return DemoFile.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`${file} can't be read (${messageOf(error)}); remove it together with its folder to start afresh`, {
      cause: error,
    });
  }
}

async function startServer(options: DemoOptions, dataDir: string, password: string, { log, onStop }: RoleContext) {
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
    LOG_LEVEL: "info",
  };
  const server = startPart("server", [...options.banksman, "server"], environment, log);
  onStop("server", server.stop, { within: 9_000 });
  const [, url = ""] = await server.prints(/Banksman is at (\S+)/);
  return { url, serverEnded: server.ended };
}

/** The site and a key for its edge; the key of an earlier run is kept as long as it works. */
async function prepare(url: string, password: string, known: DemoFile | null): Promise<string> {
  const cookie = await signIn(url, "admin", password);
  await ensureSite(url, cookie, SITE_ID);
  if (known && (await keyWorks(url, known.collector_key, SITE_ID))) return known.collector_key;
  return makeKey(url, cookie, SITE_ID);
}

async function startSite(
  options: DemoOptions,
  dataDir: string,
  { url, collector_key }: DemoFile,
  context: RoleContext,
): Promise<void> {
  const { log, onStop } = context;
  const from = await freeRange(options.from);
  const config = join(dataDir, "demo-collector_config.json");
  const content = edgeConfig({ ...options, from }, dataDir, url, collector_key);
  await writeFile(config, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  const count = ["--count", String(options.miners), "--from", from];
  const miners = startPart("miners", [...options.banksman, "sim", "miners", ...count], {}, log);
  onStop("miners", miners.stop);
  await miners.prints(/miners on /);
  const edge = startPart("edge", [...options.banksman, "edge", "--config", config], { LOG_LEVEL: "info" }, log);
  onStop("edge", edge.stop);
}

const MINERS_PER_RACK = 15;

/** The simulated miners as a site would list them: racks of fifteen, in rows of five. */
function edgeConfig(options: DemoOptions, dataDir: string, url: string, key: string): object {
  const first = options.from.split(".").reduce((number, part) => number * 256 + Number(part), 0);
  const address = (index: number) => [24, 16, 8, 0].map((shift) => ((first + index) >>> shift) & 255).join(".");
  const miners = Array.from({ length: options.miners }, (_, index) => {
    const place = index % MINERS_PER_RACK;
    const rack = `R${String(Math.floor(index / MINERS_PER_RACK) + 1).padStart(2, "0")}`;
    const position = `L${Math.floor(place / 5) + 1}-N${(place % 5) + 1}`;
    return { id: `M_${String(index + 1).padStart(4, "0")}`, ip: address(index), type: "auto", rack, position };
  });
  return {
    api_url: url,
    api_key: key,
    site_id: SITE_ID,
    collection_interval: INTERVAL_S,
    max_workers: 50,
    raw: true,
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

function welcome({ url, site_id, username, password, collector_key }: DemoFile, miners: number, file: string): void {
  process.stdout.write(`
Banksman is running with ${miners} simulated miners, read over real sockets every ${INTERVAL_S} s.

  open           ${url}/monitor/${site_id}
  user           ${username}
  password       ${password}
  collector key  ${collector_key}

Kept in ${file}. Ctrl-C stops everything.
`);
}
