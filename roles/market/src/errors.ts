import { defineErrors } from "@banksman/kit";

/** What can go wrong between an exchange and the files, each with what a person can do or why it heals by itself. */
export const MarketErrors = defineErrors("MARKET", {
  BAD_DECIMAL: { text: (text: string) => `"${text}" is not a decimal number`, retry: false },
  BAD_FRAME: { text: (what: string) => `a frame that can't be read: ${what}`, retry: false },
  UNKNOWN_FRAME: { text: (what: string) => `a frame of an unknown kind: ${what}`, retry: false },
  REST_REFUSED: { text: (url: string, why: string) => `${url}: ${why}`, retry: true },
  JOURNAL_BAD: { text: (path: string, why: string) => `${path}: ${why}`, retry: false },
  NO_FILES: { text: (where: string) => `${where}: no files of this symbol and time`, retry: false },
});
