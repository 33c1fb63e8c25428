import { antminerCommands } from "../commands/antminer.ts";
import { defineFamily } from "../family.ts";
import { antminerFields, namedFirmware } from "../shapes/antminer-fields.ts";
import { antminerView } from "../shapes/antminer-view.ts";

/**
 * Hiveon on Antminer hardware: Bitmain's old shape from a bmminer that calls itself `rwglr`. It keeps `devdetails` to
 * itself, and its fee is a pool of its own, marked `*` or `devFeeMiner`.
 */
export const hiveon = defineFamily({
  id: "hiveon",
  title: "Antminer with Hiveon",
  make: "Antminer",
  types: ["hiveon"],
  transport: "cgminer",
  web: { factory: { username: "root", password: "root" } },
  claims: ({ text }) => /HIVEON/.test(text),
  live: [
    { command: "version", optional: true },
    { command: "summary" },
    { command: "stats", optional: true },
    { command: "pools" },
  ],
  identity: [],
  view: antminerView,
  fields: { ...antminerFields, firmware: (v) => namedFirmware("Hiveon", v.firmware) },
  // It kept Bitmain's web server with its pages.
  commands: antminerCommands,
});
