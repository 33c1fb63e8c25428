import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Machine } from "@banksman/devices";
import { codeOf, type Log, messageOf } from "@banksman/kit";
import type { Reading } from "@banksman/wire/model";
import { z } from "zod";
import { EdgeUsage } from "./errors.ts";
import type { MinerSpec } from "./miner-list.ts";
import type { DeviceReading } from "./reader.ts";

const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i;

/** Which id each machine has, by its MAC address or serial number; as kept in the file. */
const Kept = z.record(z.string(), z.string());

/**
 * With `identity: mac` a miner is who its MAC address says, wherever DHCP has put it: the first time a machine is seen it
 * takes the id of its place in the configuration, and keeps it when it moves. A machine that comes to the place of
 * another gets an id of its own, its MAC address. One that tells neither MAC address nor serial number goes by its place.
 */
export class Identities {
  readonly #path: string;
  readonly #log: Log;
  readonly #idOf = new Map<string, string>();
  readonly #machineOf = new Map<string, string>();
  /** Who answered last at each address: an address that doesn't answer was theirs. */
  readonly #lastAt = new Map<string, string>();
  /** Ids of this sweep, with the address they were read at. */
  #seen = new Map<string, string>();
  #changed = false;

  constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
    for (const [machine, id] of Object.entries(read(path))) this.#bind(machine, id);
    this.#changed = false;
  }

  /** A sweep begins. */
  begin(): void {
    this.#seen = new Map();
  }

  /**
   * The id a reading goes by; null for a place that doesn't answer and whose machine was read elsewhere in this sweep.
   * Readings that failed come last, so that by then everybody else is known.
   */
  idFor(miner: MinerSpec, reading: DeviceReading): string | null {
    const address = `${miner.host}:${miner.port}`;
    const machine = reading.online ? machineOf(reading) : null;
    if (machine === null) {
      const id = this.#lastAt.get(address) ?? miner.id;
      if (!reading.online && this.#seen.has(id)) return null;
      this.#seen.set(id, address);
      return id;
    }
    const id = this.#idOf.get(machine) ?? this.#newId(miner, machine);
    const other = this.#seen.get(id);
    if (other !== undefined && other !== address) return this.#twice(machine, other, address, miner);
    this.#notice(id, address, miner);
    this.#seen.set(id, address);
    return id;
  }

  /** The machine that goes by an id, where one is known. */
  machine(id: string): Machine | null {
    const machine = this.#machineOf.get(id);
    if (machine === undefined) return null;
    return MAC.test(machine) ? { mac: machine } : { serial: machine };
  }

  /** A sweep is through: what is new is kept. A disk that is full costs no more than that. */
  end(): void {
    if (!this.#changed) return;
    try {
      writeFileSync(`${this.#path}.new`, JSON.stringify(Object.fromEntries(this.#idOf)), { mode: 0o600 });
      renameSync(`${this.#path}.new`, this.#path);
      this.#changed = false;
    } catch (err) {
      this.#log.warn({ err }, "the miners' identities can't be written; they are kept in memory until they can");
    }
  }

  /** A found miner's place is its address, which is no name for a machine that may move. */
  #newId({ id: place, host }: MinerSpec, machine: string): string {
    const id = place === host || this.#machineOf.has(place) ? machine.replaceAll(":", "") : place;
    this.#bind(machine, id);
    return id;
  }

  #bind(machine: string, id: string): void {
    this.#idOf.set(machine, id);
    this.#machineOf.set(id, machine);
    this.#changed = true;
  }

  #notice(id: string, address: string, miner: MinerSpec): void {
    const before = this.#lastAt.get(address);
    if (before !== undefined && before !== id) {
      this.#log.warn(`${id} answers at ${address}, where ${before} did`);
    } else if (before === undefined && id !== miner.id) {
      this.#log.info(`${id} is at ${address}, the place of ${miner.id}`);
    }
    this.#lastAt.set(address, id);
  }

  /** Two machines with one MAC address: a cloned one, or one that answers at two addresses. The second goes by its place. */
  #twice(machine: string, first: string, second: string, miner: MinerSpec): string {
    this.#log.warn(`${first} and ${second} both say they are ${machine}: only one of them can be`);
    const id = this.#machineOf.has(miner.id) ? miner.host : miner.id;
    this.#seen.set(id, second);
    return id;
  }
}

const machineOf = ({ mac, serial }: Pick<Reading, "mac" | "serial">): string | null => mac ?? serial ?? null;

function read(path: string): Record<string, string> {
  try {
    return Kept.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return {};
    throw EdgeUsage.IDENTITIES(path, messageOf(cause), { cause });
  }
}
