import { defineErrors } from "@banksman/kit";

/** What is wrong with how `banksman cooling` was called; the program ends with exit code 2. */
export const CoolingUsage = defineErrors("USAGE_COOLING", {
  WORDS: {
    text: (words: string, why: string) =>
      `"${words}" is no order to a cooling unit${why === "" ? "" : ` (${why})`}; banksman cooling --help lists them`,
    retry: false,
  },
  ADDRESS: { text: (address: string) => `"${address}" is no address: give HOST or HOST:PORT`, retry: false },
  DRIVER: { text: (name: string, known: string) => `there is no driver "${name}"; there are ${known}`, retry: false },
  PROFILE_AND_DRIVER: { text: () => "give --driver or --profile: a profile is a driver itself", retry: false },
  NO_SERVER: {
    text: () =>
      "orders go through the server, with permission, queue and audit: set BANKSMAN_URL and a token; or give it from " +
      "this machine with --direct, which notes it in the audit file here",
    retry: false,
  },
});
