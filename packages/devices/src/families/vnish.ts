import type { WorkStatus } from "@banksman/wire/model";
import { defineFamily } from "../family.ts";
import { text } from "../read/text.ts";
import { antminerFields, bareModel, namedFirmware } from "../shapes/antminer-fields.ts";
import { antminerStatus } from "../shapes/antminer-status.ts";
import { type AntminerView, antminerView, faultsOf } from "../shapes/antminer-view.ts";

/** VNish tells its state in a word; where it doesn't, it shows as on Bitmain's machines. */
const STATES = new Map<unknown, WorkStatus>([
  ["mining", "hashing"],
  ["initializing", "starting"],
  ["starting", "starting"],
  ["auto-tuning", "hashing"],
  ["restarting", "starting"],
  ["shutting-down", "idle"],
  ["stopped", "idle"],
  ["failure", "fault"],
]);

/**
 * VNish on Antminer hardware: Bitmain's old shape with the state in words. Its fee is a pool of its own, and the shares
 * of the summary count that one's too.
 */
export const vnish = defineFamily({
  id: "vnish",
  title: "Antminer with VNish",
  make: "Antminer",
  types: ["vnish", "anthillos"],
  transport: "cgminer",
  claims: ({ text: said }) => /VNISH|ANTHILLOS/.test(said),
  live: [
    { command: "version", optional: true },
    { command: "summary" },
    { command: "stats", optional: true },
    { command: "pools" },
  ],
  identity: [],
  view: antminerView,
  fields: {
    ...antminerFields,
    status: statusOf,
    faults: (v) => (v.tellsBoards ? faultsOf(v, statusOf(v) === "hashing") : null),
    model: (v) => bareModel(v.model),
    firmware: (v) => namedFirmware("VNish", v.old?.build_version, versionOf(v.model), v.firmware),
  },
});

/** `Antminer S19 XP (Vnish 1.2.0-rc1)` */
const versionOf = (model: string | null) => text(/\(vnish\s+([^)]+)\)/i.exec(model ?? "")?.[1]);

/** A machine that tunes itself hashes while it does. */
function statusOf(v: AntminerView): WorkStatus | null {
  const told = STATES.get(v.old?.state);
  if (told === "hashing" && (v.rate5s ?? v.rateAverage ?? 0) === 0) return "starting";
  return told ?? antminerStatus(v);
}
