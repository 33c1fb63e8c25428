import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { preparedFolder } from "./prepared-folder.ts";
import { type Running, run } from "./process.ts";
import { tempFolder } from "./temp-folder.ts";
import { waitFor } from "./wait-for.ts";

const BIN = "/usr/lib/postgresql/15/bin";

/** PostgreSQL refuses root; in a user namespace it sees an ordinary user, while files stay owned by who runs the tests. */
const asOrdinaryUser = (command: string[]): string[] =>
  process.getuid?.() === 0 ? ["unshare", "-U", "--map-user=65534", "--map-group=65534", ...command] : command;

async function initdb(data: string): Promise<void> {
  const [command = "", ...args] = asOrdinaryUser([
    ...[`${BIN}/initdb`, "-A", "trust", "-U", "banksman", "-E", "UTF8", "--no-locale", "-D", data],
  ]);
  await promisify(execFile)(command, args);
}

export type PrivatePostgres = AsyncDisposable & {
  url: string;
  /** Folder of the Unix socket; psql takes it as host. */
  host: string;
  server: Running;
  psql: (sql: string, input?: string, database?: string) => string;
};

/** A private Debian PostgreSQL 15 on a Unix socket in a temporary folder. */
export async function startPostgres(settings: Record<string, string> = {}): Promise<PrivatePostgres> {
  if (!existsSync(BIN))
    throw new Error("PostgreSQL 15 is missing; npm test installs it, or: apt-get install postgresql-15");
  const folder = await tempFolder();
  const data = join(folder.path, "data");
  const host = join(folder.path, "run");
  await mkdir(host);
  await preparedFolder("postgresql-15", initdb, data);
  const options = Object.entries({ listen_addresses: "", unix_socket_directories: host, ...settings });
  const flags = options.flatMap(([key, value]) => ["-c", `${key}=${value}`]);
  const command = asOrdinaryUser(["setpriv", "--pdeathsig", "KILL", `${BIN}/postgres`, "-D", data, ...flags]);
  const server = run(command[0] ?? "", command.slice(1));
  const psql = (sql: string, input?: string, database = "postgres") =>
    execFileSync(`${BIN}/psql`, ["-h", host, "-U", "banksman", "-d", database, "-v", "ON_ERROR_STOP=1", "-qAtc", sql], {
      encoding: "utf8",
      maxBuffer: 256 * 1024 * 1024,
      stdio: ["pipe", "pipe", "pipe"],
      ...(input === undefined ? {} : { input }),
    });
  await waitFor("PostgreSQL to answer", () => psql("select 1").trim() === "1");
  return {
    url: `postgresql://banksman@/postgres?host=${encodeURIComponent(host)}`,
    host,
    server,
    psql,
    [Symbol.asyncDispose]: async () => {
      await server.stop("SIGQUIT");
      await folder[Symbol.asyncDispose]();
    },
  };
}
