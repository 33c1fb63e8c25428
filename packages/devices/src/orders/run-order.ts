import { CodedError, messageOf } from "@banksman/kit";
import type { Order, OrderEnd, OrderResult } from "@banksman/wire/model";
import { credentialsFor } from "../credentials.ts";
import { asDeviceError, isAway } from "../errors.ts";
import { families as builtIn } from "../families/index.ts";
import type { DeviceReading, Family } from "../family.ts";
import { newMemory } from "../memory.ts";
import { CGMINER_PORT, readMiner, type Target, V3_PORT } from "../read-miner.ts";
import type { Action, Message, Question, Told } from "./command.ts";
import type { Doors, Ports } from "./doors.ts";
import {
  askAll,
  type Errand,
  isDenied,
  type Kept,
  mustBeTold,
  type OrderOptions,
  objectionOf,
  openDoors,
  readOptions,
} from "./errand.ts";
import { endOfError, OrderErrors } from "./errors.ts";
import { isAnother, type Machine } from "./machine.ts";
import { readBack } from "./read-back.ts";
import { blot, type ShownMessage, showMessage } from "./show.ts";

/** `messages` is what would be sent, in a dry run. */
export type OrderReport = OrderResult & { messages?: ShownMessage[] };

type Outcome = Pick<OrderReport, "outcome" | "verified" | "reason" | "seen" | "value" | "messages"> & {
  code: OrderEnd | null;
};

const PLAIN: Outcome = { outcome: "accepted", verified: "not_checked", code: null, reason: null, seen: null };

/**
 * Orders one device something, or asks it. The device is read first, which says who it is; its family says which messages
 * make the order; each leaves at most once, and what became of it is read back within a stated time. Rejects only for a
 * mistake of ours: everything that a device or the network does is in the result.
 */
export async function runOrder(target: Target, order: Order, options: OrderOptions): Promise<OrderReport> {
  const started = performance.now();
  const memory = options.memory ?? newMemory();
  const families = options.families ?? builtIn;
  const { reading } = await readMiner(target, memory, readOptions(options));
  const family = families.find((one) => one.id === reading.driver);
  let outcome: Outcome = { ...PLAIN, outcome: "unreachable", ...cause(reading) };
  if (reading.online && options.expected && isAnother(options.expected, reading)) {
    outcome = anotherDevice(target.host, options.expected, reading);
  } else if (reading.online && family) {
    const credentials = target.credentials ?? credentialsFor(family, options);
    const before = { reading, told: [], credentials };
    const known = { ...target, ...(credentials && { credentials }) };
    outcome = await withDoors({
      order,
      target: known,
      options,
      memory,
      family,
      before,
      ports: portsOf(target, family),
    });
  }
  return {
    ...outcome,
    driver: reading.driver ?? null,
    model: reading.model ?? null,
    took_ms: Math.round(performance.now() - started),
  };
}

/** An order that left in an earlier process: what was known before, when it left (wall clock, ms), whether it was taken. */
export type LeftOrder = { before: Kept; leftAtMs: number; taken: boolean };

/**
 * Settles an order that has left, or may have, and of whose end nothing is known, by reading the device back; nothing is
 * sent. `unknown` where that shows nothing.
 */
export async function settleOrder(
  target: Target,
  order: Order,
  options: OrderOptions,
  { before, leftAtMs, taken }: LeftOrder,
): Promise<OrderReport> {
  const started = performance.now();
  const { reading } = before;
  const family = (options.families ?? builtIn).find((one) => one.id === reading.driver);
  const lost: Outcome = { ...PLAIN, outcome: taken ? "accepted" : "unknown", code: "settled", reason: null };
  let outcome = lost;
  if (family) {
    const credentials = target.credentials ?? credentialsFor(family, options);
    const known = { ...target, ...(credentials && { credentials }) };
    const errand: Errand = {
      order,
      target: known,
      options,
      memory: options.memory ?? newMemory(),
      family,
      before: { ...before, credentials },
      ports: portsOf(target, family),
    };
    const doors = openDoors(errand);
    const sentAt = performance.now() - Math.max(0, Date.now() - leftAtMs);
    outcome = await carryOut(errand, doors, async (_errand, _doors, action, argument) => {
      const look = await readBack(errand, action, argument, sentAt);
      if (look === null) return lost;
      return {
        ...lost,
        outcome: look.done ? "accepted" : lost.outcome,
        verified: look.done ? "yes" : "no",
        seen: look.seen,
      };
    }).finally(() => doors.close());
  }
  const took_ms = Math.round(performance.now() - started);
  return { ...outcome, driver: reading.driver ?? null, model: reading.model ?? null, took_ms };
}

function anotherDevice(host: string, expected: Machine, told: Machine): Outcome {
  const name = ({ mac, serial }: Machine) => mac ?? serial;
  const reason = `nothing was sent: ${host} is ${name(told)} now, and ${name(expected)} was meant`;
  return { ...PLAIN, outcome: "refused", code: "another_device", reason };
}

function cause(reading: DeviceReading): Pick<Outcome, "code" | "reason"> {
  const said = reading.warnings?.find((warning) => warning.code === "offline")?.text;
  return { code: reading.offline_reason ?? "unreachable", reason: said ?? "it does not answer" };
}

async function withDoors(errand: Errand): Promise<Outcome> {
  const { orderTimeoutMs, totalTimeoutMs } = errand.options;
  const doors = openDoors(errand, orderTimeoutMs ?? totalTimeoutMs);
  try {
    return await carryOut(errand, doors);
  } catch (thrown) {
    if (!(thrown instanceof CodedError)) throw thrown;
    // One port may be away where another one told who the device is: nobody refused anything then.
    return { ...PLAIN, ...refusedHere(thrown), ...(isAway(thrown) && { outcome: "unreachable" }) };
  } finally {
    await doors.close();
  }
}

const WEB_PORT = 80;

function portsOf({ port = CGMINER_PORT, options }: Target, family: Family): Ports {
  const web = family.web?.port === "api" ? port : (options?.http_port ?? family.web?.port ?? WEB_PORT);
  return { api: port, web, v3: options?.v3_port ?? V3_PORT };
}

type Run = <A>(errand: Errand, doors: Doors, action: Action<A>, argument: A) => Promise<Outcome>;

function carryOut(errand: Errand, doors: Doors, run: Run = runAction): Promise<Outcome> {
  const { order, family } = errand;
  const commands = family.commands ?? {};
  const missing = () => OrderErrors.NOT_OFFERED(family.title, order.order);
  const act = <A>(action: Action<A> | undefined, argument: A): Promise<Outcome> => {
    if (!action) throw missing();
    return run(errand, doors, action, argument);
  };
  const ask = <V>(question: Question<V> | undefined): Promise<Outcome> => {
    if (!question) throw missing();
    return runQuestion(errand, doors, question);
  };
  switch (order.order) {
    case "reboot":
      return act(commands.reboot, null);
    case "locate":
      return act(commands.locate, order.on);
    case "pools_get":
      return ask(commands.pools_get);
    case "pools_set":
      return act(commands.pools_set, order.pools);
    case "mode_get":
      return ask(commands.mode_get);
    case "mode_set":
      return act(commands.mode_set, order.mode);
    case "power_target":
      return act(commands.power_target, order.watts);
    case "restart_hashing":
      return act(commands.restart_hashing, null);
    case "logs":
      return ask(commands.logs);
    case "raw":
      return act(commands.raw, order.command);
  }
}

async function runQuestion<V>(errand: Errand, doors: Doors, question: Question<V>): Promise<Outcome> {
  const told = await askAll(doors, question.ask);
  const value = question.read(told, errand.before.reading);
  if (value !== null) return { ...PLAIN, value };
  mustBeTold(told, errand);
  return { ...PLAIN, outcome: "refused", code: "not_told", reason: "the device does not tell" };
}

async function runAction<A>(errand: Errand, doors: Doors, action: Action<A>, argument: A): Promise<Outcome> {
  const { options, target, ports, family } = errand;
  const told = await askAll(doors, action.first ?? []);
  mustBeTold(told, errand);
  errand.before = { ...errand.before, told };
  const { before } = errand;
  const messages = action.send(argument, before);
  if (options.dryRun) {
    const show = (message: Message) => showMessage(message, target.host, ports, family, before.credentials);
    const shown = { ...PLAIN, messages: messages.map(show) };
    for (const message of messages) if (await doors.wantsLogin(message)) return { ...shown, ...nameless(family) };
    return shown;
  }
  if (messages.length === 0) return { ...PLAIN, verified: "yes", seen: "it is so already; nothing was sent" };
  const sentAt = performance.now();
  const delivered = await deliverAll(errand, doors, action, argument, messages);
  if (delivered.outcome === "refused" || delivered.outcome === "unreachable" || options.verify === false) {
    return delivered;
  }
  if (delivered.outcome === "accepted") options.onTaken?.();
  const look = await readBack(errand, action, argument, sentAt);
  if (look === null) return delivered;
  const outcome = look.done ? "accepted" : delivered.outcome;
  return { ...delivered, outcome, verified: look.done ? "yes" : "no", seen: look.seen };
}

const nameless = ({ title }: Family) => refusedHere(OrderErrors.CREDENTIALS_NEEDED(title));

/** What the order is refused for before anything of it leaves. */
const refusedHere = (error: CodedError) =>
  ({ outcome: "refused", code: endOfError(error), reason: messageOf(error) }) as const;

/** Sends message after message, each once; stops at the first that isn't accepted. */
async function deliverAll<A>(
  errand: Errand,
  doors: Doors,
  action: Action<A>,
  argument: A,
  messages: readonly Message[],
): Promise<Outcome> {
  const { before, options } = errand;
  const left = [...messages];
  let done = 0;
  let turned = false;
  let told: Told | undefined;
  for (let message = left.shift(); message; message = left.shift()) {
    let sent = false;
    try {
      told = await doors.deliver(message, () => {
        if (!sent && done === 0 && !turned) options.onLeaving?.({ reading: before.reading, told: before.told });
        sent = true;
      });
    } catch (thrown) {
      return lost(errand, thrown, sent, done);
    }
    const objection = (action.objection ?? objectionOf)(told);
    if (objection === null) {
      done++;
      continue;
    }
    const instead = done === 0 && !turned ? (action.instead?.(told, argument, before) ?? []) : [];
    if (instead.length === 0) return refused(errand, objection, told, done);
    turned = true;
    left.splice(0, left.length, ...instead);
  }
  return { ...PLAIN, value: errand.order.order === "raw" ? told?.text : undefined };
}

/** An order that got no answer: it never left, or nobody can tell whether it arrived. */
function lost(errand: Errand, thrown: unknown, sent: boolean, done: number): Outcome {
  const error = thrown instanceof CodedError ? thrown : asDeviceError(thrown, errand.target.host);
  if (error.code.startsWith("ORDER_")) throw error;
  const reason = steps(messageOf(error), done);
  if (!sent && done === 0) {
    const outcome = error.code === "DEVICE_ACCESS_DENIED" ? "refused" : "unreachable";
    return { ...PLAIN, outcome, code: endOfError(error), reason };
  }
  return { ...PLAIN, outcome: "unknown", code: endOfError(error), reason };
}

function refused({ before, family }: Errand, objection: string, told: Told, done: number): Outcome {
  const { credentials } = before;
  // Who said no name and was turned away at a web server is told what to say.
  const isNameless = isDenied(told) && !credentials && (told.reply.code ?? 0) > 400;
  const why = isNameless ? messageOf(OrderErrors.CREDENTIALS_NEEDED(family.title)) : objection;
  const code = isDenied(told) ? "access_denied" : "refused";
  return { ...PLAIN, outcome: "refused", code, reason: blot(steps(why, done), credentials).slice(0, 1_000) };
}

const steps = (text: string, done: number): string => (done === 0 ? text : `after ${done} of its steps: ${text}`);
