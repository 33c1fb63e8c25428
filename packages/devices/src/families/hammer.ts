import { hammerCommands } from "../commands/antminer.ts";
import { defineFamily } from "../family.ts";
import { antminerFields } from "../shapes/antminer-fields.ts";
import { antminerView } from "../shapes/antminer-view.ts";

/**
 * Hammer and VolcMiner, scrypt machines with a ccminer in the shape of the S9 generation. Rates are MH/s and say so, as
 * texts; shares are texts with decimals.
 */
export const hammer = defineFamily({
  id: "hammer",
  title: "Hammer and VolcMiner",
  make: (v) => (/volc/i.test(v.model ?? "") ? "VolcMiner" : "Hammer"),
  types: ["hammer", "volcminer", "blackminer"],
  transport: "cgminer",
  web: { factory: { username: "root", password: "root" } },
  claims: ({ text }) => /\bHAMMER\b|\bVOLCMINER\b|\bBLACKMINER\b/.test(text),
  live: [{ command: "version", optional: true }, { command: "summary" }, { command: "stats" }, { command: "pools" }],
  identity: [],
  view: antminerView,
  fields: antminerFields,
  commands: hammerCommands,
});
