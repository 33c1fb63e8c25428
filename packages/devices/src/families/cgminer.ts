import type { Board } from "@banksman/wire/model";
import type { Answers } from "../answers.ts";
import { plainCommands } from "../commands/cgminer.ts";
import { type Ask, defineFamily } from "../family.ts";
import type { Notes } from "../notes.ts";
import { namedHashrate } from "../read/hashrate.ts";
import { count, greatest, mean } from "../read/number.ts";
import { mac, text } from "../read/text.ts";
import { allChips, hottestParts, totalHardwareErrors } from "../shapes/antminer-boards.ts";
import { antminerFields, bareModel, namedFirmware } from "../shapes/antminer-fields.ts";
import { antminerStatus } from "../shapes/antminer-status.ts";
import { type AntminerView, antminerView, faultsOf, frequencyOf, isNewShape } from "../shapes/antminer-view.ts";
import { deviceBoards, listedFans } from "../shapes/device-boards.ts";

/** Firmwares that are recognised without having a driver of their own, by their marks. */
const RECOGNISED: readonly (readonly [mark: RegExp, name: string, make: string | null])[] = [
  [/MARAFW|KAONSU/, "Marathon", "Antminer"],
  [/ASICSEER/, "asicseer", "Antminer"],
  [/NICEHASH/, "NiceHash", "Antminer"],
];

type View = AntminerView & { answers: Answers; name: string | null; maker: string | null };

const tellsNoBoards = (answers: Answers) =>
  !answers.all("stats", "STATS").some((one) => "chain_acn1" in one || "chain_acn6" in one || isNewShape(one));

/** What some list of each board and fan; most know no such command, and are not asked again. */
const tellsOfParts = (answers: Answers, command: string) => answers.all(command, command.toUpperCase()).length > 0;

/**
 * Whatever else answers the cgminer API: firmwares that kept the shape of Bitmain's, and machines without a driver of
 * their own. It reads what is common to them, and says in a warning whom it recognised.
 */
export const cgminer = defineFamily<View>({
  id: "cgminer",
  title: "Any other cgminer or bmminer API",
  make: (v) => v.maker,
  types: ["cgminer", "bmminer", "generic"],
  transport: "cgminer",
  // It takes what no other family claims.
  claims: () => false,
  live: [
    { command: "version", optional: true },
    { command: "summary" },
    { command: "stats", optional: true },
    { command: "pools" },
    { command: "devs", optional: true, when: tellsNoBoards },
    ...["devdetails", "temps", "fans"].map(
      (command): Ask => ({
        command,
        optional: true,
        when: tellsNoBoards,
        helps: (answers) => tellsOfParts(answers, command),
      }),
    ),
  ],
  identity: [{ command: "devdetails" }],
  view: (answers, notes) => ({ ...antminerView(answers, notes), answers, ...recognise(answers, notes) }),
  fields: {
    ...antminerFields,
    expected_hashrate_ghs: (v) => v.rateIdeal ?? namedHashrate(v.old, ["MHS(Rated)"]),
    temperature_avg: (v) => mean(hottestParts(boardsOf(v))),
    temperature_max: (v) => greatest(hottestParts(boardsOf(v))),
    temperature_chips: (v) => allChips(boardsOf(v)),
    frequency_avg: (v) => frequencyOf({ ...v, boards: boardsOf(v) }),
    fan_speeds: (v) => v.fans ?? listedFans(v.answers),
    hardware_errors: (v) => totalHardwareErrors(v.boards) ?? count(v.summary?.["Hardware Errors"]),
    faults: (v) => (v.tellsBoards ? faultsOf(v, antminerStatus(v) === "hashing") : null),
    boards: (v) => {
      const boards = boardsOf(v);
      return boards.length > 0 ? boards : null;
    },
    model: modelOf,
    firmware: firmwareOf,
    mac: (v) => mac(v.old?.MAC),
  },
  commands: plainCommands,
});

function recognise(answers: Answers, notes: Notes): { name: string | null; maker: string | null } {
  const said = JSON.stringify([
    answers.first("version", "VERSION"),
    answers.all("stats", "STATS")[0],
    [...answers.replies.values()].map((reply) => reply.description),
  ]).toUpperCase();
  const found = RECOGNISED.find(([mark]) => mark.test(said));
  if (found)
    notes.warn("generic_driver", `${found[1]} is read by the general driver: some of its figures are left out`);
  return { name: found?.[1] ?? null, maker: found?.[2] ?? null };
}

/** Boards of the stats, else as `devs` lists them. */
const boardsOf = (v: View): Board[] =>
  v.boards.length > 0 ? v.boards : deviceBoards(v.answers, v.rateAverage ?? v.rate5s);

function modelOf(v: View): string | null {
  if (v.model !== null) return bareModel(v.model);
  const detail = v.answers.first("devdetails", "DEVDETAILS");
  const named = [v.old?.Model, detail?.Model, detail?.Name].map((raw) => text(raw));
  return named.find((name) => name !== null && /[a-z]/i.test(name)) ?? null;
}

/** The firmware's name before its version, since "4.11.1" alone says nothing. */
function firmwareOf(v: View): string | null {
  const version = v.answers.first("version", "VERSION");
  const told = text(v.old?.build_version ?? v.old?.Firmware) ?? v.firmware ?? text(version?.CGMiner);
  return v.name === null ? told : namedFirmware(v.name, told);
}
