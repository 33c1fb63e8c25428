import { defineErrors } from "@banksman/kit";

/** What keeps the demo from starting or going on; each text says what to do. */
export const DemoErrors = defineErrors("DEMO", {
  NOTES_UNREADABLE: {
    text: (file: string, why: string) =>
      `${file} can't be read (${why}). Correct it, or remove the data folder it lies in to start afresh.`,
    retry: false,
  },
  SIGN_IN_REFUSED: {
    text: (dataDir: string) =>
      `The database in ${dataDir} has another admin password than the demo knows: remove that folder to start afresh.`,
    retry: false,
  },
  REFUSED: { text: (request: string, why: string) => `The demo's server refuses ${request}: ${why}`, retry: false },
  PART_ENDED: {
    text: (part: string, how: string, last: string) =>
      `The demo's ${part} ended by itself (${how}).${last === "" ? "" : ` It said:\n${last}`}`,
    retry: false,
  },
});

/** Bad flags: the process ends with exit code 2 and this text. */
export const UsageErrors = defineErrors("USAGE", {
  DEMO_FLAG: {
    text: (flag: string, value: string, fix: string) => `banksman demo: ${flag} ${value}: must be ${fix}`,
    retry: false,
  },
});
