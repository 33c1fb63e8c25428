import type { Board, Fault, FaultLevel, WorkStatus } from "@banksman/wire/model";
import { terahashes } from "@banksman/wire/model";
import type { Answers } from "../answers.ts";
import { luxosCommands } from "../commands/luxos.ts";
import type { Fields } from "../decode/reply.ts";
import { defineFamily } from "../family.ts";
import { toldFault } from "../faults/fault.ts";
import { hashrate, namedHashrate } from "../read/hashrate.ts";
import { amount, count } from "../read/number.ts";
import { listOf, positive } from "../read/pick.ts";
import { warmCelsius } from "../read/sensors.ts";
import { isTrue, mac, text } from "../read/text.ts";
import { antminerFields, namedFirmware, positiveWatts } from "../shapes/antminer-fields.ts";
import { antminerStatus } from "../shapes/antminer-status.ts";
import { type AntminerView, antminerView, faultsOf } from "../shapes/antminer-view.ts";
import { deviceBoards, listedFans } from "../shapes/device-boards.ts";

type View = AntminerView & { answers: Answers; config: Fields | undefined };

/**
 * LuxOS: Bitmain's old shape in `stats`, and commands of its own for what that leaves out. Its boards count from 0 in
 * `devs`, `temps` and events, from 1 in `stats`; the reading keeps the latter.
 */
export const luxos = defineFamily<View>({
  id: "luxos",
  title: "Antminer with LuxOS",
  make: "Antminer",
  types: ["luxos", "luxminer", "luxor"],
  transport: "cgminer",
  api: {
    session: { open: "logon", id: (body) => text(listOf(body.SESSION)[0]?.SessionID), close: "logoff" },
  },
  claims: ({ text: said }) => /LUXMINER|LUXOR FIRMWARE/.test(said),
  live: [
    { command: "version", optional: true },
    { command: "summary" },
    { command: "stats", optional: true },
    { command: "pools" },
    { command: "config", optional: true },
    { command: "power", optional: true },
    { command: "devs", optional: true },
    { command: "fans", optional: true },
    { command: "temps", optional: true },
    { command: "events", optional: true },
  ],
  identity: [],
  view: (answers, notes) => {
    const view = antminerView(answers, notes);
    const boards = view.boards.length > 0 ? view.boards.map(withDevice(answers)) : plainBoards(answers, view);
    return { ...view, boards, answers, config: answers.first("config", "CONFIG") };
  },
  fields: {
    ...antminerFields,
    expected_hashrate_ghs: (v) => v.rateIdeal ?? hashrate(v.config?.NameplateTHS, terahashes),
    fan_speeds: (v) => v.fans ?? listedFans(v.answers),
    power_consumption: (v) => positiveWatts(powerOf(v)?.Watts),
    power_source: (v) => (isTrue(powerOf(v)?.PSU) ? "measured" : null),
    status: statusOf,
    faults: (v) => [...faultsOf(v, statusOf(v) === "hashing"), ...v.answers.all("events", "EVENTS").map(eventFault)],
    model: (v) => v.model ?? text(v.config?.Model),
    firmware: (v) => {
      const version = v.answers.first("version", "VERSION");
      return namedFirmware("LuxOS", version?.LUXminer, version?.Miner, v.firmware);
    },
    mac: (v) => mac(v.config?.MACAddr),
    serial: (v) => text(v.config?.SerialNumber),
  },
  commands: luxosCommands,
});

const powerOf = (v: View) => v.answers.first("power", "POWER");

/** What `devs` knows of a board beyond `stats`: its own number and the rate of its profile. */
function withDevice(answers: Answers): (board: Board) => Board {
  const devices = answers.all("devs", "DEVS");
  return (board) => {
    const device = devices.find((one) => count(one.ID) === board.slot - 1);
    if (!device) return board;
    return {
      ...board,
      expected_hashrate_ghs: board.expected_hashrate_ghs ?? positive(namedHashrate(device, ["Nominal MHS"])),
      serial: text(device.SerialNumber),
    };
  };
}

/** Boards by `devs` and `temps` alone, where `stats` has none. */
function plainBoards(answers: Answers, view: AntminerView): Board[] {
  const temps = answers.all("temps", "TEMPS");
  return deviceBoards(answers, view.rateAverage ?? view.rate5s).map((board) => {
    const corners = temps.find((one) => count(one.ID) === board.slot);
    const warm = ["TopLeft", "TopRight", "BottomLeft", "BottomRight"]
      .map((corner) => warmCelsius(corners?.[corner]))
      .filter((value) => value !== null);
    const hottest = warm.length > 0 ? Math.max(...warm) : null;
    return {
      ...board,
      slot: board.slot + 1,
      temperature_board: hottest ?? board.temperature_board ?? null,
      temperature_chips: warm.length > 0 ? warm : null,
    };
  });
}

function statusOf(v: View): WorkStatus | null {
  const mode = text(v.config?.CurtailMode)?.toLowerCase();
  if (mode === "sleep") return "sleeping";
  const rate = v.rate5s ?? v.rateAverage;
  if (rate !== null && rate > 0) return "hashing";
  if (v.config && !isTrue(v.config.IsPowerSupplyOn) && "IsPowerSupplyOn" in v.config) return "idle";
  return antminerStatus(v);
}

/** What stopped a board or the machine is severe; what a person stopped is none of our business. */
function levelOf(code: string): FaultLevel {
  if (/USER/.test(code)) return "info";
  return /FAILURE|PANIC|SHUTDOWN|PROTECTION|NOT_HASHING/.test(code) ? "severe" : "warning";
}

function eventFault(event: Fields): Fault {
  const code = text(event.Code, 64) ?? "event";
  const board = text(event.Target)?.toUpperCase() === "BOARD" ? amount(event.ID) : null;
  const words = text(event.Description, 500) ?? code;
  return toldFault(code, levelOf(code), words, { board: board === null ? null : board + 1 });
}
