import { parseFlags } from "./parse-flags.ts";
import type { Subcommand } from "./subcommand.ts";

const help = `
usage: banksman miner IP[:PORT] ORDER [options]

Asks one miner, or orders it something. What a miner can be ordered depends on its firmware: docs/devices.md.

  reboot
  locate on|off
  pools get | pools set URL WORKER [URL WORKER [URL WORKER]]
  mode get | mode set low|normal|high|sleep|wake
  power-target WATTS
  restart-hashing
  logs
  raw COMMAND              as the device knows it, such as: raw summary, raw 'ascset|0,led,1-1'

  --direct                 give the order from this machine; without it orders go through the server
  --reason TEXT            why, for an order through the server
  --site SITE              the site, where an address is at several; IP may then be a miner's id
  --dry-run                show what would be sent, or what the server would do
  --no-verify              don't wait until the order shows on the miner
  --json                   print one JSON object instead of text
  --config FILE            an edge's configuration, for the miner's ports and logins (collector_config.json here)
  --user NAME              with --password-file FILE, or BANKSMAN_MINER_PASSWORD in the environment
  --factory-password       try the factory's name and password where none are given
  --pool-password WORD     for the pools that are set (x)
  --http-port P            port of the miner's web server (80)
  --v3-port P              port of WhatsMiner's API 3 (4433)

With BANKSMAN_URL an order goes through that server, with the permissions of BANKSMAN_TOKEN: its queue,
interlocks, approvals and audit trail. What only asks, asks the miner itself.

An order leaves once and is never repeated. Its outcome is read back from the miner. With --direct both the
order and its outcome are noted in cache/orders/audit.jsonl, and no two orders from this machine meet on one
miner.

exit codes: 0 done; 1 refused, not reached, not seen on the miner, or unknown; 2 bad usage or configuration
`;

export const minerCommand: Subcommand = {
  name: "miner",
  summary: "ask one miner, or order it: reboot, pools, mode, locate, power",
  help: help.trim(),
  run: async (args) => {
    // Loaded when it runs: no command waits for the libraries of another.
    const { deviceParts, runMiner } = await import("@banksman/edge");
    const { values, positionals } = parseFlags({
      args,
      allowPositionals: true,
      options: {
        config: { type: "string" },
        direct: { type: "boolean" },
        reason: { type: "string" },
        site: { type: "string" },
        "dry-run": { type: "boolean" },
        "no-verify": { type: "boolean" },
        json: { type: "boolean" },
        user: { type: "string" },
        "password-file": { type: "string" },
        "factory-password": { type: "boolean" },
        "pool-password": { type: "string" },
        "http-port": { type: "string" },
        "v3-port": { type: "string" },
      },
    });
    const [address = "", ...words] = positionals;
    const flags = {
      ...values,
      dryRun: values["dry-run"],
      noVerify: values["no-verify"],
      passwordFile: values["password-file"],
      factoryPassword: values["factory-password"],
      poolPassword: values["pool-password"],
      httpPort: values["http-port"],
      v3Port: values["v3-port"],
    };
    return runMiner(address, words, flags, deviceParts);
  },
};
