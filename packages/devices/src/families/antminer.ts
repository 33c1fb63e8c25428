import type { Answers } from "../answers.ts";
import { defineFamily } from "../family.ts";
import { AFTERMARKET } from "../marks.ts";
import { antminerFields } from "../shapes/antminer-fields.ts";
import { antminerView } from "../shapes/antminer-view.ts";

const tellsNoBoards = (answers: Answers) =>
  answers.all("stats", "STATS").some((one) => "Elapsed" in one && !("chain_acn1" in one || "chain_acn6" in one));
const hasChains = (answers: Answers) => answers.all("stats~new_api", "STATS").some((one) => "chain" in one);

/**
 * Bitmain's own firmware, from the S7 to the S21. Older machines answer `stats` with numbered members
 * (`chain_acn1`, `temp_chip1`), newer ones can answer with a list of boards when asked with `new_api`.
 */
export const antminer = defineFamily({
  id: "antminer",
  title: "Antminer, Bitmain's firmware",
  make: "Antminer",
  types: ["antminer", "bitmain"],
  transport: "cgminer",
  claims: ({ text }) => /\bANTMINER\b|"MINER_VERSION"|UART_TRANS/.test(text) && !AFTERMARKET.test(text),
  live: [
    { command: "version", optional: true },
    { command: "summary" },
    { command: "stats" },
    { command: "pools" },
    // Some firmwares keep their boards out of the old answer.
    { command: "stats~new_api", alone: true, optional: true, when: tellsNoBoards, helps: hasChains },
    { command: "devs", optional: true, when: (answers) => tellsNoBoards(answers) && !hasChains(answers) },
  ],
  identity: [],
  view: antminerView,
  fields: antminerFields,
});
