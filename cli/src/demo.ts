import { fileURLToPath } from "node:url";
import { parseFlags } from "./parse-flags.ts";
import type { Subcommand } from "./subcommand.ts";

const help = `
usage: banksman demo [--port N] [--miners N] [--from ADDRESS] [--data-dir DIR]

A whole site to try: a server with its embedded database, simulated miners on real sockets, and an edge that reads them.
Prints the address, the sign-in and a collector key, and keeps them in data/demo.json.

  --port N        port of the web server; the next free one when it is taken (8080)
  --miners N      how many miners (60)
  --from ADDRESS  address of the first one (127.60.0.1)
  --data-dir DIR  folder of the database and of demo.json (./data)

exit codes: 0 stopped, 1 failed or a part of it ended by itself, 2 bad usage
`;

export const demoCommand: Subcommand = {
  name: "demo",
  summary: "a whole site to try, with simulated miners",
  help: help.trim(),
  run: async (args) => {
    // Loaded when it runs: no command waits for the libraries of another.
    const { runDemo } = await import("@banksman/demo");
    const { values } = parseFlags({
      args,
      options: {
        port: { type: "string", default: "8080" },
        miners: { type: "string", default: "60" },
        from: { type: "string", default: "127.60.0.1" },
        "data-dir": { type: "string", default: "./data" },
      },
    });
    const main = fileURLToPath(new URL("./main.ts", import.meta.url));
    return runDemo(
      { port: values.port, miners: values.miners, from: values.from, dataDir: values["data-dir"] },
      { banksman: [process.execPath, main], endWithParent: process.env.npm_lifecycle_event !== undefined },
    );
  },
};
