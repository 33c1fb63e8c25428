import { randomBytes } from "node:crypto";
import { type Control, poolRowsOf } from "../control.ts";
import { type Maker, type Moment, orderedOverApi, poolSection, poolsOf, summarySection } from "./maker.ts";

const NAME = "LUXminer 2025.4.8.220305-57b389c7";
const PROFILES = [
  { "Profile Name": "290MHz", Watts: 1075 },
  { "Profile Name": "415MHz", Watts: 1690 },
  { "Profile Name": "default", Watts: 2760 },
];

/** LuxOS: all on 4028; what changes the machine wants the one session that can be open. */
export function luxos(control: Control): Maker {
  let session: string | null = null;
  return {
    description: NAME,
    api: (command, argument, at) => {
      const told = answerTo(command, at);
      if (told) return told;
      if (command === "logon") {
        if (session !== null || control.turnsAway) return orderedOverApi("denied", {}, NAME, at.whenS);
        session = randomBytes(4).toString("hex");
        return { SESSION: [{ SessionID: session }] };
      }
      const pools = poolOrder(command, argument, at);
      if (pools) return pools;
      const [id, ...rest] = argument.split(",");
      if (id === "" || id !== session) return orderedOverApi("denied", {}, NAME, at.whenS);
      if (command === "logoff") {
        session = null;
        return {};
      }
      return ordered(command, rest, at);
    },
  };
}

function answerTo(command: string, at: Moment) {
  const { state, miner } = at;
  switch (command) {
    case "version":
      return { VERSION: [{ API: "3.7", LUXminer: "2025.4.8.220305-57b389c7", Type: miner.model.name }] };
    case "summary":
      return summarySection(at);
    case "pools":
      return poolSection(at);
    case "power":
      return { POWER: [{ PSU: false, Watts: state.watts }] };
    case "fans":
      return { FANS: state.fans.map((RPM, ID) => ({ ID, RPM })) };
    case "devs":
      return {
        DEVS: state.boards.map((board) => ({
          ID: board.slot,
          "MHS av": board.average * 1e3,
          "Nominal MHS": board.rated * 1e3,
        })),
      };
    case "config":
      return { CONFIG: [configOf(at)] };
    case "profiles":
      return { PROFILES };
    case "events":
      return { EVENTS: [] };
    default:
      return null;
  }
}

const configOf = ({ state, miner }: Moment) => ({
  Model: miner.model.name,
  MACAddr: miner.who.mac,
  SerialNumber: miner.who.serial,
  CurtailMode: state.asleep ? "Sleep" : "None",
  RedLed: state.settings.ledOn ? "blink" : "auto",
  Profile: PROFILES.find(({ Watts }) => Watts === state.settings.powerLimit)?.["Profile Name"] ?? "default",
  IsAtmEnabled: true,
  IsPowerSupplyOn: !state.asleep,
});

/** Pools need no session; each order changes one. */
function poolOrder(command: string, argument: string, at: Moment) {
  const now = poolsOf(at);
  if (command === "switchpool") return orderedOverApi(at.control.order(command, "none"), {}, NAME, at.whenS);
  if (command === "addpool") {
    const [url = "", user = "", pass = ""] = argument.split(",");
    return set([...now, { url, user, pass }]);
  }
  if (command === "removepool") return set(now.filter((_, index) => index !== Number(argument)));
  return null;

  function set(pools: typeof now) {
    // More than three are there for a moment only, while new ones have been added and old ones not yet taken away.
    const rows = pools.length > 3 ? pools : poolRowsOf(pools);
    return orderedOverApi(at.control.order(command, "none", { pools: rows }), {}, NAME, at.whenS);
  }
}

function ordered(command: string, rest: string[], { control, whenS }: Moment) {
  const told = (...order: Parameters<Control["order"]>) => orderedOverApi(control.order(...order), {}, NAME, whenS);
  switch (command) {
    case "rebootdevice":
      return told(command, "reboot");
    case "resetminer":
      return told(command, "restart");
    case "curtail":
      return told(command, "none", { mode: rest[0] === "sleep" ? "sleep" : "normal" });
    case "ledset":
      return told(command, "none", { ledOn: rest[1] === "blink" });
    case "profileset":
      return told(command, "restart", {
        powerLimit: PROFILES.find((one) => one["Profile Name"] === rest[0])?.Watts ?? null,
      });
    case "atmset":
      return told(command, "none");
    default:
      return null;
  }
}
