import { defineErrors } from "@banksman/kit";

/** What keeps `banksman miner` from ordering anything: exit code 2, and nothing was sent. */
export const MinerUsage = defineErrors("USAGE", {
  WORDS: { text: (why: string) => `banksman miner: ${why}`, retry: false },
  DEVICE_BUSY: {
    text: (device: string) =>
      `${device} is just being given another order by this machine; try again when that is done`,
    retry: true,
  },
  NO_SERVER: {
    text: () =>
      "banksman miner: orders go through the server, and none is configured (BANKSMAN_URL). --direct gives the order from " +
      "this machine and notes it in the audit file here",
    retry: false,
  },
  SERVER_WITHOUT_ORDERS: {
    text: (url: string) => `banksman miner: ${url} takes no orders yet; --direct gives it from this machine`,
    retry: false,
  },
  AUDIT_BROKEN: {
    text: (path: string, line: number) =>
      `${path} does not continue from its line ${line}: it was changed. Nothing was sent. Move it away, keep it, and ` +
      "order again",
    retry: false,
  },
});
