import type { WorkStatus } from "@banksman/wire/model";
import { terahashes } from "@banksman/wire/model";
import type { Answers } from "../answers.ts";
import { avalonCommands } from "../commands/avalon.ts";
import { defineFamily } from "../family.ts";
import { amount, count, greatest, mean } from "../read/number.ts";
import { warmCelsius } from "../read/sensors.ts";
import { mac, text } from "../read/text.ts";
import { allChips } from "../shapes/antminer-boards.ts";
import { figure, type Tokens } from "../shapes/avalon-tokens.ts";
import { type AvalonView, avalonView, splitVersion, statusRecords, wallPower } from "../shapes/avalon-view.ts";
import { activePool, ownShares } from "../shapes/pools.ts";

const lacksStatus = (answers: Answers) => statusRecords(answers).length === 0;

/**
 * Canaan's Avalon from the A10 to the A15, and the home units Nano 3, Mini 3 and Q: cgminer with all of the machine in
 * one status text of `Key[value]` members. `When` counts seconds since the start on these, not since 1970.
 */
export const avalon = defineFamily({
  id: "avalon",
  title: "Avalon, Canaan's firmware",
  make: "Avalon",
  types: ["avalon", "avalonminer", "canaan"],
  transport: "cgminer",
  api: { factory: { username: "root", password: "root" } },
  claims: ({ text, answers }) => /AVALON|\bAVA\d|\bAVANANO/.test(text) || statusRecords(answers).length > 0,
  live: [
    { command: "version", optional: true },
    { command: "summary" },
    { command: "stats", optional: true },
    { command: "pools" },
    { command: "estats", optional: true, when: lacksStatus, helps: (answers) => !lacksStatus(answers) },
    { command: "litestats", optional: true, when: lacksStatus, helps: (answers) => !lacksStatus(answers) },
  ],
  identity: [],
  view: avalonView,
  fields: {
    hashrate_ghs: (v) => v.rateAverage,
    hashrate_5s_ghs: (v) => v.rate5s,
    expected_hashrate_ghs: ratedBySuffix,
    temperature_avg: (v) =>
      mean(v.modules.map((module) => warmCelsius(figure(module, "TAvg")))) ?? mean(allChips(v.boards) ?? []),
    temperature_max: (v) =>
      greatest(v.modules.map((module) => warmCelsius(figure(module, "TMax")))) ?? greatest(allChips(v.boards) ?? []),
    temperature_chips: (v) => allChips(v.boards),
    fan_speeds: (v) => v.fans,
    frequency_avg: (v) => {
      const megahertz = amount(figure(v.main, "Freq"));
      return megahertz !== null && megahertz > 0 ? megahertz : null;
    },
    accepted_shares: (v) => ownShares(v.pools, "accepted", v.summary?.Accepted),
    rejected_shares: (v) => ownShares(v.pools, "rejected", v.summary?.Rejected),
    hardware_errors: (v) => count(v.summary?.["Hardware Errors"]) ?? count(figure(v.main, "HW")),
    uptime_seconds: (v) => v.elapsed,
    pool_url: (v) => activePool(v.pools)?.url,
    worker_name: (v) => activePool(v.pools)?.worker,
    power_consumption: (v) => powerOf(v),
    power_source: () => "measured",
    status: statusOf,
    faults: (v) => (v.modules.length > 0 ? v.faults : null),
    boards: (v) => (v.boards.length > 0 ? v.boards : null),
    pools: (v) => (v.pools.length > 0 ? v.pools : null),
    model: modelOf,
    firmware: (v) => text(v.version?.VERSION) ?? text(v.version?.LVERSION) ?? text(splitVersion(v.main)?.[2]),
    mac: (v) => mac(v.version?.MAC),
    serial: serialOf,
  },
  commands: avalonCommands,
});

/** `1346-116` is sold as 116 TH/s: the machine's own rating, closer than its model's sheet. */
function ratedBySuffix({ code }: AvalonView) {
  const rated = /^\d{2,4}[a-z]*(?:pro)?(?:-s)?-(\d{2,3})$/i.exec(code ?? "")?.[1];
  return rated === undefined ? null : terahashes(Number(rated));
}

/** The product's name where it holds the model's code; some firmwares say `AvalonMiner 10xx` or `Avalon0o`. */
function modelOf({ code, version }: AvalonView): string | null {
  const product = text(version?.PROD);
  if (code === null) return product;
  if (product?.toLowerCase().includes(code.toLowerCase())) return product;
  if (/^\d/.test(code)) return text(`AvalonMiner ${code}`);
  return text(`Avalon ${code.charAt(0).toUpperCase()}${code.slice(1)}`);
}

/** The power supply of a chain of modules is nobody's to tell. */
const powerOf = (v: AvalonView) => (v.modules.length === 1 ? wallPower(v.main, v.code) : null);

/** A machine that hasn't hashed for so long after its start isn't starting any more. */
const STARTING_SECONDS = 300;

function statusOf(v: AvalonView): WorkStatus | null {
  if (v.softOff) return "sleeping";
  if (v.work === "idle") return "idle";
  if (v.work === "init") return "starting";
  const rate = v.rate5s ?? v.rateAverage;
  if (rate === null) return null;
  if (rate > 0) return "hashing";
  if (v.faults.some((fault) => fault.level === "urgent")) return "fault";
  return (v.elapsed ?? 0) < STARTING_SECONDS ? "starting" : "idle";
}

/** The device's DNA; where the controller has none, the hashboard's. */
function serialOf({ main, version }: AvalonView): string | null {
  return [text(version?.DNA), dna(main, "DNA"), dna(main, "HDNA")].find(isSerial) ?? null;
}

const dna = (main: Tokens, key: string) => text(main.get(key));
const isSerial = (raw: string | null) => raw !== null && /^[0-9a-f]{8,64}$/i.test(raw) && !/^0+$/.test(raw);
