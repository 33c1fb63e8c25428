import { type Identity, identityOf } from "./answers/identity.ts";
import { type FaultKind, type FaultShare, planFaults } from "./fault-plan.ts";
import type { Fate } from "./miner-state.ts";
import { MODELS, type Model, modelById, OTHER_MODELS } from "./models.ts";
import { createNoise, type Noise } from "./noise.ts";

export type RosterOptions = {
  count: number;
  /** First address, in 127.0.0.0/8. */
  from: string;
  port: number;
  seed: number;
  faults: readonly FaultShare[];
  /** Ids of the models to use; all by default. */
  models?: readonly string[];
};

/** One simulated miner, and what a site's list would say of it. */
export type SimMiner = {
  index: number;
  host: string;
  port: number;
  /** As the list says; with the fault `wrong_model` the device says otherwise. */
  listed: Model;
  model: Model;
  fate: Fate;
  fault: FaultKind | undefined;
  who: Identity;
  noise: Noise;
};

/** Racks of a site hold one model each as far as it goes: this many in a row. */
const PER_MODEL = 4;

/**
 * All miners of a simulation; the same options give the same list. Of every sixty, one sleeps, one loses a board for a
 * time and one restarts again and again. Throws RangeError when an address would leave 127.0.0.0/8.
 */
export function rosterOf(options: RosterOptions): SimMiner[] {
  const models = options.models ? options.models.map(mustModel) : MODELS;
  const faults = planFaults(options.faults, options.count, options.seed);
  const first = loopbackNumber(options.from);
  if (first + options.count - 1 > loopbackNumber("127.255.255.255"))
    throw new RangeError(`${options.count} miners from ${options.from} leave 127.0.0.0/8`);
  return Array.from({ length: options.count }, (_, index) => {
    const listed = models[Math.floor(index / PER_MODEL) % models.length] ?? mustModel("s19pro");
    const fault = faults.get(index);
    return {
      index,
      host: loopbackAddress(first + index),
      port: options.port,
      listed,
      model: fault === "wrong_model" ? otherFamily(listed) : listed,
      fate: fateOf(index),
      fault,
      who: identityOf(index + 1),
      noise: createNoise(options.seed, index),
    };
  });
}

function fateOf(index: number): Fate {
  const place = index % 60;
  if (place === 13) return "asleep";
  if (place === 30) return "dark_board";
  return place === 41 ? "restless" : "steady";
}

function mustModel(id: string): Model {
  const model = modelById(id);
  if (!model)
    throw new RangeError(
      `"${id}" is no model; use ${[...MODELS, ...OTHER_MODELS].map((known) => known.id).join(", ")}`,
    );
  return model;
}

const otherFamily = (model: Model): Model => mustModel(model.family === "whatsminer" ? "s19pro" : "m50");

export function loopbackNumber(address: string): number {
  const octets = address.split(".").map(Number);
  const [first, second = -1, third = -1, fourth = -1] = octets;
  if (
    octets.length !== 4 ||
    first !== 127 ||
    octets.some((octet) => !Number.isInteger(octet) || octet < 0 || octet > 255)
  ) {
    throw new RangeError(`"${address}" is not an address of 127.0.0.0/8; the simulator listens nowhere else`);
  }
  return (second * 256 + third) * 256 + fourth;
}

export const loopbackAddress = (number: number) =>
  `127.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`;
