import { type AnswerFunction, commandsOf, type FakeDevice, HANG } from "@banksman/replay";
import { antminerAnswer } from "./answers/antminer.ts";
import { avalonAnswer } from "./answers/avalon.ts";
import { refusal } from "./answers/template.ts";
import { WHATSMINER_JOINS, whatsminerAnswer } from "./answers/whatsminer.ts";
import type { Control } from "./control.ts";
import { wireFault } from "./fault-plan.ts";
import { isMaker, MAKERS, type MakerName } from "./makers/index.ts";
import { answerOf, type Moment } from "./makers/maker.ts";
import { avalonOrder } from "./orders/avalon.ts";
import { WhatsminerOrders } from "./orders/whatsminer.ts";
import type { SimMiner } from "./roster.ts";

/** How a miner treats `a+b`: as its firmware does, or all one way to measure that case. */
export type Joins = "real" | "accept" | "refuse";

export type DeviceOptions = {
  now: () => number;
  joins: Joins;
  /** Milliseconds from request to answer. */
  latencyMs?: () => number;
  control: Control;
};

const REFUSES = {
  antminer: { description: "cgminer 1.0.0", denied: 45, text: "Access denied to" },
  whatsminer: { description: "cgminer 4.9.2", denied: 14, text: "Invalid command" },
  "whatsminer-v3": { description: "", denied: 14, text: "Invalid command" },
  avalon: { description: "cgminer 4.11.1", denied: 14, text: "Invalid command" },
} as const;

/** The fake device of one simulated miner; its figures follow `now`. */
export function createDevice(miner: SimMiner, options: DeviceOptions): FakeDevice {
  const fault = wireFault(miner.fault);
  return {
    answer: answersOf(miner, options),
    ...(options.latencyMs && { latencyMs: options.latencyMs }),
    fault: () => (options.control.isAway ? { kind: "refuse" } : fault),
  };
}

function answersOf(miner: SimMiner, options: DeviceOptions): AnswerFunction {
  const { now, joins, control } = options;
  const { model, fate, noise, who } = miner;
  if (isMaker(model.family)) return makerAnswers(miner, model.family, options);
  const orders = model.family === "whatsminer" ? new WhatsminerOrders(control, now) : null;
  const refuses = REFUSES[model.family];
  return (request) => {
    const ordered = orders?.answer(request) ?? null;
    if (ordered !== null) return ordered;
    const nowMs = now();
    const whenS = Math.floor(nowMs / 1000);
    const commands = commandsOf(request);
    const asked = commands.map(({ command }) => command);
    const no = (code: number, text: string) => refusal(code, text, refuses.description, whenS);
    if (asked.length === 0) return no(24, "Missing JSON 'command'");
    if (asked.length > 1 && !takesJoin(miner, asked, joins)) return no(14, "Invalid command");
    const state = control.state(model, fate, noise);
    if (model.family === "avalon" && asked[0] === "ascset")
      return avalonOrder(commands[0]?.key.slice("ascset~".length) ?? "", control, state.uptime + 11);
    if (asked.length > 1 && model.family === "whatsminer" && state.asleep) return no(24, "Missing JSON 'command'");
    const one = (command: string): string => {
      const answer =
        model.family === "antminer"
          ? antminerAnswer(command, model, state, who, whenS)
          : model.family === "whatsminer"
            ? whatsminerAnswer(command, model, state, who, whenS)
            : avalonAnswer(command, model, state, who);
      if (answer !== null) return answer;
      return no(refuses.denied, refuses.denied === 45 ? `${refuses.text} '${command}' command` : refuses.text);
    };
    const [only] = asked;
    if (asked.length === 1 && only !== undefined) return one(only);
    return `{${asked.map((command) => `"${command}":[${one(command)}]`).join(",")},"id":1}`;
  };
}

/** The other firmwares join what is asked; an order is never part of a join. */
function makerAnswers(miner: SimMiner, family: MakerName, { now, joins, control }: DeviceOptions): AnswerFunction {
  const maker = MAKERS[family](control);
  return (request) => {
    const at = momentOf(miner, control, now());
    const asked = commandsOf(request);
    const one = ({ command, key }: (typeof asked)[number]) =>
      answerOf(maker, command, key.slice(command.length + 1), at);
    const [first] = asked;
    if (!first) return refusal(24, "Missing JSON 'command'", maker.description ?? "", at.whenS);
    if (asked.length === 1) return one(first);
    if (joins === "refuse") return refusal(14, "Invalid command", maker.description ?? "", at.whenS);
    return `{${asked.map((each) => `"${each.command}":[${String(one(each))}]`).join(",")},"id":1}`;
  };
}

/** A miner as its maker's answers need it. */
export const momentOf = (miner: SimMiner, control: Control, nowMs: number): Moment => ({
  miner,
  control,
  state: control.state(miner.model, miner.fate, miner.noise),
  whenS: Math.floor(nowMs / 1000),
});

/** Stock Antminers of these years take no joins; btminer takes them for the mining process's own commands only. */
function takesJoin(miner: SimMiner, asked: string[], joins: Joins): boolean {
  if (joins === "refuse") return false;
  if (miner.model.family === "whatsminer")
    return asked.every((command) => WHATSMINER_JOINS.has(command) || !/^(get_|status$)/.test(command));
  return joins === "accept" || miner.model.family === "avalon";
}

/** Answers rendered once for each model and request: measures the reader instead of the simulator. */
export function frozenAnswers(): (miner: SimMiner, live: AnswerFunction) => AnswerFunction {
  const kept = new Map<string, Buffer>();
  return (miner, live) => (request) => {
    const key = `${miner.model.id} ${miner.fate === "asleep"} ${request}`;
    let bytes = kept.get(key);
    if (!bytes) {
      const answer = live(request);
      if (answer === null || answer === HANG) return answer;
      bytes = Buffer.from(answer);
      kept.set(key, bytes);
    }
    return bytes;
  };
}
