import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { codeOf, type Log, messageOf } from "@banksman/kit";
import pg from "pg";
import { ServerErrors } from "../errors.ts";
import { ENGINE_MAJOR, findLaunch, type Launch } from "./engine-binaries.ts";

/** A Unix socket's path must stay below 108 bytes; PostgreSQL appends `/.s.PGSQL.5432`. */
const SOCKET_FOLDER_MAX = 90;
/** After kill -9 the dead engine lingers for up to two seconds; one that is told to stop may take longer. */
const START_PATIENCE_MS = 10_000;
/** An engine that says it is starting may replay its log for long; one that says nothing this long never will. */
const SILENCE_MS = 30_000;
const RESTART_EVERY_MS = 2_000;

export type Embedded = {
  connection: { host: string; port: number; user: string; database: string };
  /** Null while the engine runs, else why it doesn't. */
  trouble: () => string | null;
  stop: () => Promise<void>;
};

/** Where its tables are; made whole or not at all. */
export const embeddedData = (dataDir: string): string => join(resolve(dataDir), "postgres");

/**
 * Runs a real PostgreSQL in `dataDir`/postgres, reachable only through a Unix socket. Refuses a folder that another
 * server uses or that another major version wrote.
 */
export async function startEmbedded(dataDir: string, log: Log): Promise<Embedded> {
  const launch = findLaunch();
  const root = resolve(dataDir);
  await mkdir(root, { recursive: true });
  const lock = await takeLock(root);
  const data = embeddedData(dataDir);
  const socket = await socketFolder(root, launch);
  try {
    await refuseOtherMajor(data);
    await initialise(data, launch, log);
    const engine = await superviseEngine(() => startEngine(data, socket, launch, log), log);
    const connection = { host: socket, port: 5432, user: "banksman", database: "banksman" };
    await createDatabase(connection).catch(async (error: unknown) => {
      // Nobody would stop it: whoever starts it gets an error instead of what stops it.
      await engine.stop();
      throw error;
    });
    const stop = async () => {
      await engine.stop();
      await rm(lock, { force: true });
    };
    return { connection, trouble: engine.trouble, stop };
  } catch (error) {
    await rm(lock, { force: true });
    throw error;
  }
}

/** How to reach the engine that another process of this machine runs on `dataDir`; null when none runs there. */
export async function runningEmbedded(dataDir: string): Promise<Embedded["connection"] | null> {
  const pidFile = await readFile(join(embeddedData(dataDir), "postmaster.pid"), "utf8").catch(() => "");
  // Its fifth line is the socket's folder, which is elsewhere when the path of dataDir is long.
  const host = pidFile.split("\n")[4] ?? "";
  if (host === "" || (await canConnect(host)) !== "yes") return null;
  return { host, port: 5432, user: "banksman", database: "banksman" };
}

/** Keeps the engine running: one that is killed is started again, and replays its log. */
async function superviseEngine(start: () => Promise<Engine>, log: Log): Promise<Pick<Embedded, "trouble" | "stop">> {
  let engine = await start();
  let stopping = false;
  let restart: Promise<void> = Promise.resolve();
  let trouble: string | null = null;
  const startAgain = async (): Promise<void> => {
    while (!stopping) {
      try {
        engine = await start();
        trouble = null;
        return watch();
      } catch (error) {
        trouble = messageOf(error);
        log.error({ err: error }, trouble);
        // A full disk, for one, may be emptied: the server goes on trying, and /health says why it doesn't work.
        await new Promise((wake) => setTimeout(wake, RESTART_EVERY_MS));
      }
    }
  };
  const watch = () => {
    engine.child.once("exit", () => {
      if (stopping) return;
      trouble = engineTrouble(engine);
      log.error({ trouble }, "the embedded PostgreSQL ended; starting it again");
      restart = startAgain();
    });
  };
  watch();
  const stop = async () => {
    stopping = true;
    await restart;
    await stopEngine(engine);
  };
  return { trouble: () => trouble, stop };
}

/** `pid starttime`: a number alone could be another process after a reboot. */
async function processStamp(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, startTime] = [fields[0], fields[19]];
  return state === "Z" || state === "X" ? null : `${pid} ${startTime}`;
}

async function takeLock(root: string): Promise<string> {
  const path = join(root, "server.lock");
  const held = (await readFile(path, "utf8").catch(() => "")).trim();
  const pid = Number(held.split(" ")[0]);
  if (held !== "" && pid !== process.pid && (await processStamp(pid)) === held)
    throw ServerErrors.DATA_IN_USE(root, pid);
  await writeFile(path, `${await processStamp(process.pid)}\n`);
  return path;
}

async function socketFolder(root: string, launch: Launch): Promise<string> {
  const near = join(root, "run");
  const folder = Buffer.byteLength(near) <= SOCKET_FOLDER_MAX ? near : await mkdtemp(join(tmpdir(), "bm-"));
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  if (launch.owner !== null) await chown(folder, launch.owner, launch.owner);
  return folder;
}

async function refuseOtherMajor(data: string): Promise<void> {
  const found = await versionOf(data);
  if (found !== null && found !== ENGINE_MAJOR) throw ServerErrors.ENGINE_VERSION(data, found, ENGINE_MAJOR);
}

/** Null only when there is no data: a disk that can't be read must not look like an empty one. */
async function versionOf(data: string): Promise<string | null> {
  return readFile(join(data, "PG_VERSION"), "utf8").then(
    (text) => text.trim(),
    (error: unknown) => {
      if (codeOf(error) === "ENOENT") return null;
      throw error;
    },
  );
}

async function initialise(data: string, launch: Launch, log: Log): Promise<void> {
  if ((await versionOf(data)) !== null) return;
  log.info({ data }, "creating the database");
  // Made beside its place and moved there whole, so that a start that is cut off leaves nothing half-made in it.
  const fresh = `${data}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o700 });
  if (launch.owner !== null) await chown(fresh, launch.owner, launch.owner);
  const args = ["-A", "trust", "-U", "banksman", "-E", "UTF8", "--no-locale", "-D", fresh];
  const { code, output } = await runToEnd(launch.command("initdb", args));
  if (code !== 0) throw ServerErrors.ENGINE_NO_START(`initdb failed: ${output.trim().split("\n").slice(-3).join(" ")}`);
  // Whatever lies there has no PG_VERSION, so nothing was ever stored in it.
  await rm(data, { recursive: true, force: true });
  await rename(fresh, data);
}

async function runToEnd([command = "", ...args]: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = await once(child, "close");
  return { code: typeof code === "number" ? code : null, output };
}

const SETTINGS = {
  listen_addresses: "",
  shared_buffers: "256MB",
  max_wal_size: "1GB",
  max_connections: "60",
  ssl: "off",
  log_min_messages: "warning",
  autovacuum_naptime: "20s",
};

type Engine = { child: ChildProcess; lastWords: () => string };

function spawnEngine(data: string, socket: string, launch: Launch, log: Log): Engine {
  const settings = Object.entries({ ...SETTINGS, unix_socket_directories: socket });
  const flags = settings.flatMap(([key, value]) => ["-c", `${key}=${value}`]);
  const [command = "", ...args] = launch.command("postgres", ["-D", data, ...flags]);
  // Its own process group: a Ctrl-C at the terminal must reach the server first, which then stops the engine.
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"], detached: true });
  let lastWords = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-2_000);
    for (const line of chunk.toString().trim().split("\n")) log.debug({ engine: line }, "postgres");
  });
  return { child, lastWords: () => lastWords.trim() };
}

async function startEngine(data: string, socket: string, launch: Launch, log: Log): Promise<Engine> {
  const deadline = Date.now() + START_PATIENCE_MS;
  let silentUntil = Date.now() + SILENCE_MS;
  let engine = spawnEngine(data, socket, launch, log);
  for (;;) {
    const answer = await canConnect(socket);
    if (answer === "yes") return engine;
    if (answer === "no" && Date.now() > silentUntil) {
      await stopEngine(engine);
      throw ServerErrors.ENGINE_NO_START(`it runs but does not answer: ${engine.lastWords().split("\n").at(-1)}`);
    }
    if (answer === "starting") silentUntil = Date.now() + SILENCE_MS;
    if (engineTrouble(engine) !== null) {
      const words = engine.lastWords();
      if (Date.now() > deadline || !/postmaster\.pid|shared memory/.test(words)) {
        throw ServerErrors.ENGINE_NO_START(words.split("\n").slice(-3).join(" ") || "it exited at once");
      }
      engine = spawnEngine(data, socket, launch, log);
    }
    // Recovery after a crash replays up to 1 GB and may take longer than a start: as long as it runs, wait.
    await new Promise((wake) => setTimeout(wake, answer === "starting" ? 100 : 50));
  }
}

async function canConnect(host: string): Promise<"yes" | "starting" | "no"> {
  const client = new pg.Client({ host, port: 5432, user: "banksman", database: "postgres" });
  try {
    await client.connect();
    return "yes";
  } catch (error) {
    // 57P03: the engine is up and replaying its log.
    return typeof error === "object" && error !== null && "code" in error && error.code === "57P03" ? "starting" : "no";
  } finally {
    await client.end().catch(() => undefined);
  }
}

function engineTrouble({ child, lastWords }: Engine): string | null {
  if (child.exitCode === null && child.signalCode === null) return null;
  return `the embedded PostgreSQL ended (${child.signalCode ?? `exit code ${child.exitCode}`}): ${lastWords().split("\n").at(-1)}`;
}

async function createDatabase(connection: Embedded["connection"]): Promise<void> {
  const client = new pg.Client({ ...connection, database: "postgres" });
  try {
    await client.connect();
    const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [connection.database]);
    if (rowCount === 0) await client.query(`create database ${connection.database}`);
  } catch (error) {
    throw ServerErrors.ENGINE_NO_START(messageOf(error), { cause: error });
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** A fast shutdown: open transactions are rolled back, everything committed is on disk. */
async function stopEngine({ child }: Engine): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGINT");
  await gone;
}
