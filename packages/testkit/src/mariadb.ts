import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./free-port.ts";
import { preparedFolder } from "./prepared-folder.ts";
import { type Running, run } from "./process.ts";
import { tempFolder } from "./temp-folder.ts";
import { waitFor } from "./wait-for.ts";

const SERVER = "/usr/sbin/mariadbd";
const DATABASE = "banksman";
const ACCOUNT = { user: "banksman", password: "share-log" };

/** The server refuses root unless it is named; files then stay owned by who runs the tests. */
const asWhoever = () => (process.getuid?.() === 0 ? ["--user=root"] : []);

export type PrivateMariaDb = AsyncDisposable & {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  /** The same as a URL, `mysql://…`. */
  url: string;
  socket: string;
  /** Runs SQL as root over the Unix socket; gives the rows as tab-separated lines. */
  sql: (text: string, database?: string) => string;
  /** Ends the server: SIGKILL is a crash, SIGTERM a clean stop. */
  stop: (signal?: NodeJS.Signals) => Promise<void>;
  /** Starts it again on the same data and port. */
  start: () => Promise<void>;
  pid: () => number;
};

/**
 * A private Debian MariaDB with one database and one account, on an ephemeral loopback port and a Unix socket.
 * `settings` are server variables such as `max_allowed_packet`.
 */
export async function startMariaDb(settings: Record<string, string> = {}): Promise<PrivateMariaDb> {
  if (!existsSync(SERVER))
    throw new Error("MariaDB is missing; npm test installs it, or: apt-get install mariadb-server-core");
  const folder = await tempFolder();
  const socket = join(folder.path, "s.sock");
  const port = await freePort();
  const command = await install(folder.path, { socket, port: String(port), ...settings });
  const sql = (text: string, database: string = DATABASE) =>
    execFileSync("mariadb", ["--no-defaults", `--socket=${socket}`, "--user=root", "-BN", database, "-e", text], {
      encoding: "utf8",
      maxBuffer: 256 * 1024 * 1024,
      stdio: ["ignore", "pipe", "pipe"],
    });
  let server: Running;
  const start = async () => {
    server = run("setpriv", ["--pdeathsig", "KILL", SERVER, ...command]);
    await server.output(/ready for connections/);
    await waitFor("MariaDB to answer", () => sql("select 1").trim() === "1");
  };
  await start();
  const stop = (signal: NodeJS.Signals = "SIGKILL") => server.stop(signal);
  return {
    host: "127.0.0.1",
    port,
    ...ACCOUNT,
    database: DATABASE,
    url: `mysql://${ACCOUNT.user}:${ACCOUNT.password}@127.0.0.1:${port}/${DATABASE}`,
    socket,
    sql,
    stop,
    start,
    pid: () => server.child.pid ?? 0,
    [Symbol.asyncDispose]: async () => {
      await stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Makes the data folder and gives the server's arguments. */
async function install(folder: string, settings: Record<string, string>): Promise<string[]> {
  const data = join(folder, "data");
  // A server that starts throws away the temporary tables that lie there, those of others too.
  const temporary = join(folder, "temporary");
  await mkdir(temporary);
  const tmpdir = `--tmpdir=${temporary}`;
  const made = async (datadir: string) => {
    const installer = ["--no-defaults", ...asWhoever(), `--datadir=${datadir}`, tmpdir, "--skip-test-db"];
    await promisify(execFile)("mariadb-install-db", [...installer, "--auth-root-authentication-method=normal"]);
  };
  await preparedFolder("mariadb", made, data);
  const accounts = join(folder, "accounts.sql");
  const { user, password } = ACCOUNT;
  await writeFile(
    accounts,
    `CREATE DATABASE IF NOT EXISTS ${DATABASE};
CREATE USER IF NOT EXISTS '${user}'@'%' IDENTIFIED BY '${password}';
GRANT ALL ON *.* TO '${user}'@'%';
`,
  );
  const flags = Object.entries(settings).map(([name, value]) => `--${name.replaceAll("_", "-")}=${value}`);
  return [
    "--no-defaults",
    ...asWhoever(),
    `--datadir=${data}`,
    tmpdir,
    `--init-file=${accounts}`,
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    `--pid-file=${join(folder, "pid")}`,
    ...flags,
  ];
}
