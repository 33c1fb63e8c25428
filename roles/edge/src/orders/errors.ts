import { defineErrors } from "@banksman/kit";

/** What keeps `banksman miner` and `banksman cooling` from ordering anything: exit code 2, and nothing was sent. */
export const MinerUsage = defineErrors("USAGE", {
  WORDS: { text: (why: string) => `banksman miner: ${why}`, retry: false },
  LOGIN: {
    text: () => "--user needs --password-file FILE, or the variable BANKSMAN_MINER_PASSWORD",
    retry: false,
  },
  DEVICE_BUSY: {
    text: (device: string) =>
      `${device} is just being given another order by this machine; try again when that is done`,
    retry: true,
  },
  CALL_BUSY: {
    text: (device: string) => `${device} was busy with another request of this machine until the time was over`,
    retry: true,
  },
  NO_SERVER: {
    text: () =>
      "banksman miner: orders go through the server, and none is configured (BANKSMAN_URL). --direct gives the order from " +
      "this machine and notes it in the audit file here",
    retry: false,
  },
  SERVER_URL: {
    text: (url: string) => `BANKSMAN_URL is ${url}: must be the server's address, such as https://mine.example.com`,
    retry: false,
  },
  SERVER: {
    text: (url: string, why: string) => `${url}: ${why}`,
    retry: false,
  },
  NO_REASON: {
    text: () => "an order through the server says why: --reason TEXT",
    retry: false,
  },
  NONE: {
    text: (what: string, address: string, where: string) =>
      `there is no ${what} at ${address} ${where}, or none that this token may see; the site's page lists them`,
    retry: false,
  },
  WHICH: {
    text: (address: string, found: string, how: string) => `at ${address} there are ${found}: ${how}`,
    retry: false,
  },
  FOLDER_UNWRITABLE: {
    text: (path: string, why: string) =>
      `${path} can't be written (${why}), where orders of this machine are noted first. Give it to this user, ` +
      "order from another folder, or name the edge's configuration with --config",
    retry: false,
  },
  AUDIT_BROKEN: {
    text: (path: string, line: number) =>
      `${path} does not continue from its line ${line}: it was changed. Nothing was sent. Move it away, keep it, and ` +
      "order again",
    retry: false,
  },
});
