import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { freemem, tmpdir } from "node:os";
import { join } from "node:path";
import { ensureDebianPackages } from "./debian-packages.ts";

/**
 * Every check of the project, in the order of their cost: lint, types, build, tests. `--long` runs the long tests
 * (hundreds of kills, simulated days) instead of the short ones. Arguments that name files run just those.
 */
const args = process.argv.slice(2);
const long = args.includes("--long");
const named = args.filter((arg) => !arg.startsWith("--"));

/** Hundreds of processes load the same sources: what Node compiled for one serves the next, half of a server's start. */
const env = {
  ...process.env,
  NODE_ENV: "test",
  NODE_COMPILE_CACHE: join(import.meta.dirname, "..", "node_modules", ".cache", "compiled"),
};

function step(title: string, command: string, commandArgs: string[]): void {
  const started = Date.now();
  console.log(`\n▶ ${title}`);
  const result = spawnSync(command, commandArgs, { stdio: "inherit", env });
  const seconds = ((Date.now() - started) / 1_000).toFixed(1);
  if (result.status !== 0) {
    console.error(`✖ ${title} failed after ${seconds} s`);
    process.exit(result.status ?? 1);
  }
  console.log(`✔ ${title} (${seconds} s)`);
}

const missing = ensureDebianPackages();
if (missing !== null) {
  console.error(missing);
  process.exit(1);
}

if (named.length === 0) {
  step("lint and format", "biome", ["ci", ".", "--error-on-warnings"]);
  step("types", "tsc", ["--noEmit", "-p", "tsconfig.json"]);
}
step("web build", process.execPath, ["web/build.ts", "--if-stale"]);

const MEMORY = "/dev/shm";
const ENOUGH_BYTES = 3 * 2 ** 30;

/**
 * A folder for all that the tests write: in memory where there is room, since hundreds of databases are copied and thrown
 * away, which cost a disk more time than all they are asked.
 */
function folderForTests(): string {
  const mounts = existsSync("/proc/mounts") ? readFileSync("/proc/mounts", "utf8") : "";
  const options = mounts.split("\n").find((line) => line.startsWith(`tmpfs ${MEMORY} `));
  const isRoomy = () => {
    const { bavail, bsize } = statfsSync(MEMORY);
    return Math.min(bavail * bsize, freemem()) > ENOUGH_BYTES;
  };
  // What tests make there is also run: a container's engine may forbid it.
  const isFit = options !== undefined && !options.includes("noexec") && isRoomy();
  const folder = mkdtempSync(join(isFit ? MEMORY : tmpdir(), "banksman-tests-"));
  // Some run a part as another user, who must pass through.
  chmodSync(folder, 0o711);
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  return folder;
}

const isLong = (file: string) => file.endsWith(".long.test.ts");
const found = globSync(
  ["packages/**/*.test.ts", "roles/**/*.test.ts", "cli/**/*.test.ts", "web/**/*.test.ts", "scripts/**/*.test.ts"],
  {
    exclude: (name) => name === "node_modules" || name === "dist",
  },
);
const files = named.length > 0 ? named : found.filter((file) => isLong(file) === long).toSorted();
const isBrowser = (file: string) => /^web[\\/]test[\\/]/.test(file);

const testEnv = { ...env, TMPDIR: folderForTests() };

type Lane = { title: string; files: string[]; concurrency: number };

/** Runs the files of a lane; what it prints is shown as it comes, or whole at its end. */
function run({ title, files: chosen, concurrency }: Lane, live: boolean): Promise<boolean> {
  if (chosen.length === 0) return Promise.resolve(true);
  const started = Date.now();
  const nodeArgs = [
    "--test",
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${long ? 3_600_000 : 180_000}`,
    // What a failed test left open must not hold the others' result back.
    "--test-force-exit",
    "--test-reporter=spec",
    ...chosen,
  ];
  console.log(`\n▶ ${title}: ${chosen.length} files`);
  const output = live ? "inherit" : "pipe";
  const child = spawn(process.execPath, nodeArgs, {
    stdio: ["ignore", output, "inherit"],
    env: testEnv,
  });
  const parts: Buffer[] = [];
  child.stdout?.on("data", (part: Buffer) => parts.push(part));
  return new Promise((resolve) => {
    child.on("close", (code) => {
      if (!live) process.stdout.write(`\n▶ ${title}\n${Buffer.concat(parts).toString()}`);
      const seconds = ((Date.now() - started) / 1_000).toFixed(1);
      console.log(`${code === 0 ? "✔" : "✖"} ${title}: ${chosen.length} files (${seconds} s)`);
      resolve(code === 0);
    });
  });
}

// Two lanes side by side: tests wait for processes more than they compute. One browser at a time, since a second one
// would be late for reasons of its own.
const browser = { title: "browser tests", files: files.filter(isBrowser), concurrency: 1 };
const others = { title: "tests", files: files.filter((file) => !isBrowser(file)), concurrency: 3 };
const isAlone = others.files.length === 0 || browser.files.length === 0;
const results = await Promise.all([run(browser, isAlone), run(others, true)]);
if (results.includes(false)) process.exit(1);
