import { EXIT_USAGE } from "@banksman/kit";
import { parseFlags } from "./parse-flags.ts";
import type { Subcommand } from "./subcommand.ts";

const help = `
usage: banksman cooling test HOST[:PORT] [--driver NAME] [--json]
       banksman cooling order HOST[:PORT] ORDER [options]

test: finds out whose controller it is and prints what it tells, under the same names and units for every maker.

  --driver NAME            don't find out, this is it: antbox, microbt or bitdeer
  --profile FILE           a controller without a driver, described in YAML: docs/cooling.md
  --topic PREFIX           which container of a broker: what its topics begin with
  --user NAME              with --password-file FILE, or BANKSMAN_MINER_PASSWORD in the environment
  --json                   one JSON object, its member "record" the record

order: what a controller can be ordered depends on its driver.

  start | stop             the whole loop
  reset                    clear faults
  set-temp N               hold N °C at the supply
  pid [on]                 let the controller's PID hold it
  pump NAME on|off         such as oil1, water2
  fan COOLER.FAN on|off    such as 1.3, or 1.all
  socket UNIT N|all on|off of a power distribution unit

  --reason TEXT            why; an order goes through the server (BANKSMAN_URL, BANKSMAN_TOKEN) with it
  --site SITE              whose unit it is, where an address is at several sites
  --direct                 give the order from this machine instead
  --dry-run                show what would be ordered, or with --direct what would be sent

An order leaves once and is never repeated. What became of it is read back from the plant. With --direct both
order and outcome are noted in cache/orders/audit.jsonl.

exit codes: 0 done; 1 refused, not reached, not seen on the plant, or unknown; 2 bad usage
`;

export const coolingCommand: Subcommand = {
  name: "cooling",
  summary: "read a cooling unit, or order it: start, stop, temperature",
  help: help.trim(),
  run: async (args) => {
    // Loaded when it runs: no command waits for the libraries of another.
    const { runCoolingOrders, runCoolingTest } = await import("@banksman/edge");
    const { values, positionals } = parseFlags({
      args,
      allowPositionals: true,
      options: {
        driver: { type: "string" },
        profile: { type: "string" },
        topic: { type: "string" },
        user: { type: "string" },
        "password-file": { type: "string" },
        json: { type: "boolean" },
        reason: { type: "string" },
        site: { type: "string" },
        direct: { type: "boolean" },
        "dry-run": { type: "boolean" },
      },
    });
    const [what, address = "", ...words] = positionals;
    const flags = { ...values, dryRun: values["dry-run"], passwordFile: values["password-file"] };
    if (what === "test") return runCoolingTest(address, flags);
    if (what === "order") return runCoolingOrders(address, words, flags);
    process.stderr.write("banksman cooling: say test or order. --help tells more.\n");
    return EXIT_USAGE;
  },
};
