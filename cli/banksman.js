#!/usr/bin/env node
// A plain script that any Node can start: when the running one is too old for the sources, it hands over to the Node
// that is installed with the project.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NEEDED = 24;
const main = join(dirname(fileURLToPath(import.meta.url)), "src", "main.ts");

function packagedNode() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve("node/package.json")), "bin", "node");
  } catch {
    console.error(`banksman needs Node ${NEEDED}; run "npm ci" in the project first, which installs it.`);
    process.exit(2);
  }
}

if (Number(process.versions.node.split(".")[0]) >= NEEDED) {
  await import(main);
} else {
  const child = spawn(packagedNode(), [main, ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}
