import { defineErrors } from "@banksman/kit";

/** What keeps `banksman miner` and `banksman cooling` from ordering anything: exit code 2, and nothing was sent. */
export const MinerUsage = defineErrors("USAGE", {
  WORDS: { text: (why: string) => `banksman miner: ${why}`, retry: false },
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
  WHICH: {
    text: (address: string, found: string) =>
      `${found} at ${address}; name one as --site SITE, a miner by its id in place of the address`,
    retry: false,
  },
  AUDIT_BROKEN: {
    text: (path: string, line: number) =>
      `${path} does not continue from its line ${line}: it was changed. Nothing was sent. Move it away, keep it, and ` +
      "order again",
    retry: false,
  },
});
