import { antminerAnswer } from "../answers/antminer.ts";
import type { Row } from "../answers/template.ts";
import type { Control } from "../control.ts";
import { antminerWeb } from "../orders/antminer-web.ts";
import { type Maker, type Moment, poolSection, summarySection } from "./maker.ts";

/** Firmwares that kept Bitmain's answers and say otherwise of themselves. */
function inBitmainsShape(itself: (at: Moment) => Row): Pick<Maker, "description" | "api"> {
  return {
    description: "bmminer 1.0.0",
    api: (command, _, at) => {
      const { miner, state, whenS } = at;
      const wire = antminerAnswer(command, miner.model, state, miner.who, whenS, itself(at));
      return wire === null ? null : { wire };
    },
  };
}

/** Hiveon: Bitmain's shape on 4028 and Bitmain's web server, both as they were. */
export function hiveon(control: Control): Maker {
  const web = antminerWeb(control);
  const itself = ({ miner }: Moment) => ({ BMMiner: "4.11.1 rwglr", Type: `${miner.model.name} Hiveon` });
  return { ...inBitmainsShape(itself), web: (call, { miner }) => web(call, miner) };
}

/** MSKMiner: the chips a board and its version in the type; no order of its is known. */
export const mskminer = (): Maker =>
  inBitmainsShape(({ miner: { model } }) => ({
    BMMiner: "4.11.1 rwglr",
    Type: `${model.name.replace("Antminer ", "")}-${model.chips} v.2.6.0.39 `,
  }));

const CCMINER = "ccminer 2.3.3";

/** Hammer: scrypt, in MH/s as texts, and Bitmain's web server under a realm of its own. */
export function hammer(control: Control): Maker {
  const web = antminerWeb(control, "blackMiner Configuration");
  return {
    description: CCMINER,
    web: (call, { miner }) => web(call, miner),
    api: (command, _, at) => {
      const { miner, state } = at;
      const itself = {
        CGMiner: "2.3.3",
        Miner: "2.0.2.2",
        CompileTime: miner.model.firmware,
        Type: miner.model.name,
      };
      switch (command) {
        case "version":
          return { VERSION: [{ API: "3.1", ...itself }] };
        case "summary":
          return summarySection(at);
        case "stats":
          return { STATS: [itself, hammerStats(state)] };
        case "pools":
          return poolSection(at);
        default:
          return null;
      }
    },
  };
}

function hammerStats(state: Moment["state"]): Row {
  const boards = state.boards.flatMap(({ slot, now, chips, hardwareErrors, board }) => [
    [`chain_acn${slot + 1}`, chips],
    [`chain_rate${slot + 1}`, (now * 1_000).toFixed(4)],
    [`chain_hw${slot + 1}`, hardwareErrors],
    [`temp${slot + 1}`, board],
  ]);
  const fans = state.fans.map((speed, i) => [`fan${i + 1}`, speed]);
  return {
    STATS: 0,
    Elapsed: state.uptime,
    "MHS 5s": (state.now * 1_000).toFixed(4),
    "MHS av": (state.average * 1_000).toFixed(4),
    fan_num: state.fans.length,
    ...Object.fromEntries([...boards, ...fans]),
  };
}

const PLAIN = "cgminer 4.12.1";

/** A machine that nobody has a driver for: the cgminer API with boards in `devs`, and no order. */
export const cgminer = (): Maker => ({
  description: PLAIN,
  api: (command, _, at) => {
    const { miner, state } = at;
    switch (command) {
      case "version":
        return { VERSION: [{ API: "3.7", CGMiner: "4.12.1" }] };
      case "summary":
        return summarySection(at);
      case "stats":
        return { STATS: [{ ID: "X10", Elapsed: state.uptime }] };
      case "pools":
        return poolSection(at);
      case "devs":
        return {
          DEVS: state.boards.map(({ slot, now, board }) => ({
            ID: slot,
            ASC: slot,
            Status: "Alive",
            "MHS av": now * 1_000,
            Temperature: board,
          })),
        };
      case "devdetails":
        return {
          DEVDETAILS: state.boards.map(({ slot, chips }) => ({ ID: slot, Model: miner.model.name, Chips: chips })),
        };
      default:
        return null;
    }
  },
});
