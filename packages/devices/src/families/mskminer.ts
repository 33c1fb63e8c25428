import { plainCommands } from "../commands/cgminer.ts";
import { defineFamily } from "../family.ts";
import { text } from "../read/text.ts";
import { antminerFields, namedFirmware } from "../shapes/antminer-fields.ts";
import { antminerView } from "../shapes/antminer-view.ts";

/** `S19-88 v.2.6.0.39`: the model with its chips a board, and the firmware. */
const TYPE = /^(.*?)\s*\bv\.?\s*(\d[\w.-]*)\s*$/i;
const partsOf = (model: string | null) => TYPE.exec(model ?? "");

/**
 * MSKMiner on Antminer hardware: Bitmain's old shape, with watts and volts for each board. The mark of its bmminer,
 * `rwglr`, is Hiveon's too, which names itself.
 */
export const mskminer = defineFamily({
  id: "mskminer",
  title: "Antminer with MSKMiner",
  make: "Antminer",
  types: ["mskminer", "msk"],
  transport: "cgminer",
  claims: ({ text: said }) => /RWGLR/.test(said) && !/HIVEON/.test(said),
  live: [
    { command: "version", optional: true },
    { command: "summary", optional: true },
    { command: "stats" },
    { command: "pools" },
  ],
  identity: [],
  view: antminerView,
  fields: {
    ...antminerFields,
    model: (v) => text(partsOf(v.model)?.[1]) ?? v.model,
    firmware: (v) => namedFirmware("MSKMiner", partsOf(v.model)?.[2], v.firmware),
  },
  commands: plainCommands,
});
