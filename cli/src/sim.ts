import { parseArgs } from "node:util";
import { EXIT_USAGE } from "@banksman/kit";
import type { Subcommand } from "./subcommand.ts";

const help = `
usage: banksman sim miners [options]

Simulated miners on real sockets of this machine's own network (127.0.0.0/8). They answer as captured
devices did, with figures that drift: hashrates vary, counters grow, some miner sleeps, restarts or
loses a board. The same seed gives the same site.

  --count N             how many (60)
  --from 127.x.y.z      address of the first one; the others follow (127.10.0.1)
  --port P              API port (4028)
  --latency MS[-MS]     time to answer, fixed or drawn from a span (0)
  --fault KIND=SHARE    what goes wrong, for that share of the miners; may be repeated. KIND is refuse,
                        hang, reset, drip, malformed, truncate, not_a_miner or wrong_model; SHARE such
                        as 0.05 or 5%
  --seed N              seed of all chance (1)
  --models a,b          only these models, such as s19pro,s21,m60s,a1246 (all)
  --joins HOW           joined commands: real (as each firmware does), accept, refuse (real)
  --one-listener        one wildcard socket for all of them, for tens of thousands
  --frozen              answers rendered once for each model: for measuring a reader
  --ops-port P          serve /health, /ready and /metrics on this port; 0 takes a free one

exit code: 0 when stopped, 1 when an address is taken, 2 for bad usage
`;

export const simCommand: Subcommand = {
  name: "sim",
  summary: "simulated miners on 127.x.y.z, for trying things out, tests and measurements",
  help: help.trim(),
  run: async (args) => {
    // Loaded when it runs: no command waits for the libraries of another.
    const { runSimMiners } = await import("@banksman/sim");
    const [what, ...rest] = args;
    if (what !== "miners") {
      process.stderr.write(`banksman sim: say what to simulate: banksman sim miners. --help tells more.\n`);
      return EXIT_USAGE;
    }
    const { values } = parseArgs({
      args: rest,
      options: {
        count: { type: "string" },
        from: { type: "string" },
        port: { type: "string" },
        latency: { type: "string" },
        fault: { type: "string", multiple: true },
        seed: { type: "string" },
        models: { type: "string" },
        joins: { type: "string" },
        "one-listener": { type: "boolean" },
        frozen: { type: "boolean" },
        "ops-port": { type: "string" },
      },
    });
    const { "one-listener": oneListener, "ops-port": opsPort, ...flags } = values;
    return await runSimMiners({ ...flags, oneListener, opsPort });
  },
};
