import { parseFlags } from "./parse-flags.ts";
import type { Subcommand } from "./subcommand.ts";

const help = `
usage: banksman discover RANGE... [options]

Looks who is there: one connect to port 4028 of each address, and only who answers is asked who it is. RANGE is
10.0.0.0/16, 192.168.1.100-192.168.1.199 or one address. Who refuses 4028 is tried on 4433 and 80 too.

  --exclude RANGE   leave these out; may be repeated
  --json            one JSON object; --csv rows; --config a whole collector_config.json
  --rate N          new connections a second (500); home routers and switches drop ARP beyond some 2,000
  --concurrency N   connections open at once (512)
  --timeout MS      how long a silent address is waited for (1000)
  --fresh           begin anew; without it a scan of the same ranges that was stopped goes on
  --port P          port of the API (4028); --http-port P that of web servers (80); --v3-port P that of
                    WhatsMiner's API 3 (4433)

  --user NAME       with --password-file FILE, or BANKSMAN_MINER_PASSWORD in the environment, for web servers
                    that tell MAC address and serial number only to who signs in; --factory-password tries
                    the factory's

exit codes: 0 the scan is through; 1 it was stopped; 2 bad usage
`;

export const discoverCommand: Subcommand = {
  name: "discover",
  summary: "find the miners of a network: a table, or a ready configuration",
  help: help.trim(),
  run: async (args) => {
    // Loaded when it runs: no command waits for the libraries of another.
    const { runDiscover, searchDevices } = await import("@banksman/edge");
    const { values, positionals } = parseFlags({
      args,
      allowPositionals: true,
      options: {
        exclude: { type: "string", multiple: true },
        json: { type: "boolean" },
        csv: { type: "boolean" },
        config: { type: "boolean" },
        fresh: { type: "boolean" },
        rate: { type: "string" },
        concurrency: { type: "string" },
        timeout: { type: "string" },
        port: { type: "string" },
        "http-port": { type: "string" },
        "v3-port": { type: "string" },
        user: { type: "string" },
        "password-file": { type: "string" },
        "factory-password": { type: "boolean" },
      },
    });
    const flags = {
      ...values,
      httpPort: values["http-port"],
      v3Port: values["v3-port"],
      passwordFile: values["password-file"],
      factoryPassword: values["factory-password"],
    };
    return runDiscover(positionals, flags, searchDevices);
  },
};
