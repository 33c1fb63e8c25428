import type { Answers } from "../answers.ts";
import { defineFamily } from "../family.ts";
import { AFTERMARKET } from "../marks.ts";
import { count, greatest, mean } from "../read/number.ts";
import { warmCelsius } from "../read/sensors.ts";
import { allChips, hottestParts, totalHardwareErrors } from "../shapes/antminer-boards.ts";
import { antminerStatus } from "../shapes/antminer-status.ts";
import { type AntminerView, antminerView, faultsOf, frequencyOf, powerOf } from "../shapes/antminer-view.ts";
import { activePool, ownShares } from "../shapes/pools.ts";

const tellsNoBoards = (answers: Answers) =>
  answers.all("stats", "STATS").some((one) => "Elapsed" in one && !("chain_acn1" in one || "chain_acn6" in one));
const hasChains = (answers: Answers) => answers.all("stats~new_api", "STATS").some((one) => "chain" in one);

/** The machine's temperature where its boards tell none: `devs` has one for the whole. */
const deviceTemperatures = (v: AntminerView) => v.devices.map((device) => warmCelsius(device.Temperature));
const temperatures = (v: AntminerView) => (v.boards.length > 0 ? hottestParts(v.boards) : deviceTemperatures(v));

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
  fields: {
    hashrate_ghs: (v) => v.rateAverage,
    hashrate_5s_ghs: (v) => v.rate5s,
    expected_hashrate_ghs: (v) => v.rateIdeal,
    temperature_avg: (v) => mean(temperatures(v)),
    temperature_max: (v) => greatest(temperatures(v)),
    temperature_chips: (v) => allChips(v.boards),
    fan_speeds: (v) => v.fans,
    frequency_avg: frequencyOf,
    accepted_shares: (v) => ownShares(v.pools, "accepted", v.summary?.Accepted),
    rejected_shares: (v) => ownShares(v.pools, "rejected", v.summary?.Rejected),
    hardware_errors: (v) =>
      totalHardwareErrors(v.boards) ?? count(v.summary?.["Hardware Errors"]) ?? count(v.old?.no_matching_work),
    uptime_seconds: (v) => v.elapsed,
    pool_url: (v) => activePool(v.pools)?.url,
    worker_name: (v) => activePool(v.pools)?.worker,
    power_consumption: powerOf,
    status: antminerStatus,
    faults: (v) => (v.old || v.fresh || v.emptyStats ? faultsOf(v, antminerStatus(v) === "hashing") : null),
    boards: (v) => (v.boards.length > 0 ? v.boards : null),
    pools: (v) => (v.pools.length > 0 ? v.pools : null),
    model: (v) => v.model,
    firmware: (v) => v.firmware,
  },
});
