import type { Board } from "@banksman/wire/model";
import type { Fields } from "../decode/reply.ts";
import { type HashrateUnit, hashrate } from "../read/hashrate.ts";
import { amount, count, greatest, sum } from "../read/number.ts";
import { positive } from "../read/pick.ts";
import { boardSensors } from "../read/sensors.ts";
import { text } from "../read/text.ts";

/** No Antminer has more slots than its key space, `chain_acn1` to `chain_acn16`. */
const SLOTS = 16;

/** What all boards of a machine share. */
export type Machine = {
  unit: HashrateUnit;
  /** Water-cooled: its "PCB" sensors 0 and 2 sit in the water's inlet and outlet. */
  hydro: boolean;
};

/** The boards of the old shape: members `chain_acn1`, `temp_chip1`… of one record. The slot is the device's number. */
export function oldBoards(stats: Fields, machine: Machine): Board[] {
  const boards: Board[] = [];
  for (let slot = 1; slot <= SLOTS; slot++) {
    const chips = count(stats[`chain_acn${slot}`]);
    if (chips !== null && chips > 0) boards.push(oldBoard(stats, slot, chips, machine));
  }
  return boards;
}

function oldBoard(stats: Fields, slot: number, chips: number, machine: Machine): Board {
  const at = (name: string): unknown => stats[`${name}${slot}`];
  return {
    slot,
    hashrate_ghs: hashrate(at("chain_rate"), machine.unit),
    expected_hashrate_ghs: positive(hashrate(at("chain_rateideal"), machine.unit)),
    chips,
    ...chipMap(at("chain_acs")),
    ...temperatures({ chip: at("temp_chip"), pcb: at("temp_pcb"), pic: at("temp_pic") }, machine.hydro, {
      // On the S9 generation `temp6` is the PCB of slot 6, `temp2_6` and `temp3_6` are its chips.
      chip: [at("temp2_"), at("temp3_")],
      pcb: [at("temp")],
    }),
    frequency: amount(at("freq_avg")) ?? amount(at("freq")) ?? amount(stats.frequency),
    voltage: volts(at("chain_voltage"), at("chain_vol")),
    hardware_errors: count(at("chain_hw")),
  };
}

/** The boards of the new shape: a list `chain`. The slot is the member `index`. */
export function newBoards(stats: Fields, machine: Machine): Board[] {
  const chains = Array.isArray(stats.chain) ? stats.chain : [];
  return chains.flatMap((chain: Fields | null, position): Board[] => {
    if (typeof chain !== "object" || chain === null) return [];
    return [
      {
        slot: count(chain.index) ?? position,
        hashrate_ghs: hashrate(chain.rate_real, machine.unit),
        expected_hashrate_ghs: positive(hashrate(chain.rate_ideal, machine.unit)),
        chips: count(chain.asic_num),
        ...chipMap(chain.asic),
        ...temperatures({ chip: chain.temp_chip, pcb: chain.temp_pcb, pic: chain.temp_pic }, machine.hydro),
        frequency: amount(chain.freq_avg),
        voltage: null,
        hardware_errors: count(chain.hw),
        serial: text(chain.sn),
      },
    ];
  });
}

/** `o` a good chip, `x` a bad one, `-` one not read; the blanks only group. */
function chipMap(raw: unknown): Pick<Board, "chip_map" | "chips_bad"> {
  const map = typeof raw === "string" ? raw.replace(/\s+/g, "").slice(0, 2_000) : "";
  if (map === "") return { chip_map: null, chips_bad: null };
  let bad = 0;
  for (const chip of map) if (chip === "x" || chip === "X") bad++;
  return { chip_map: map, chips_bad: bad };
}

type Sensors = { chip: unknown; pcb: unknown; pic: unknown };

function temperatures(
  sensors: Sensors,
  hydro: boolean,
  fallback?: { chip: unknown[]; pcb: unknown[] },
): Pick<Board, "temperature_board" | "temperature_chips"> {
  let chips = boardSensors(sensors.chip);
  let pcb = boardSensors(sensors.pcb);
  if (chips.length === 0 && hydro) chips = hydroChips(pcb, boardSensors(sensors.pic));
  if (chips.length === 0 && fallback) chips = boardSensors(fallback.chip.filter((value) => value !== undefined));
  if (pcb.length === 0 && fallback) pcb = boardSensors(fallback.pcb);
  return { temperature_board: greatest(pcb), temperature_chips: chips.length > 0 ? chips : null };
}

/** Without chip sensors of their own, water-cooled boards have their chips behind three PICs and two PCB sensors. */
function hydroChips(pcb: (number | null)[], pic: (number | null)[]): (number | null)[] {
  const values = [...pic.slice(1, 4), pcb[1], pcb[3]];
  return values.filter((value) => value != null);
}

/** `chain_voltage` is in volts, `chain_vol` in millivolts. */
function volts(inVolts: unknown, inMillivolts: unknown): number | null {
  const value = amount(inVolts);
  if (value !== null) return value > 100 ? value / 1_000 : value;
  const milli = amount(inMillivolts);
  return milli === null ? null : milli / 1_000;
}

/**
 * Puts in the boards that should be there and aren't, with 0 chips, so that a lost board shows. Slots count from 1, on
 * the S9 generation from 6.
 */
export function withLostBoards(boards: readonly Board[], expected: number | null): Board[] {
  if (expected === null || boards.length === 0 || boards.length >= expected) return [...boards];
  const slots = boards.map((board) => board.slot);
  const first = Math.min(...slots) >= 6 ? 6 : 1;
  const all = Array.from({ length: expected }, (_, i) => first + i);
  if (slots.some((slot) => !all.includes(slot))) return [...boards];
  const lost = all.filter((slot) => !slots.includes(slot)).map((slot): Board => ({ slot, chips: 0 }));
  return [...boards, ...lost].toSorted((a, b) => a.slot - b.slot);
}

/**
 * Fans by slot. Slots without a fan read 0 and are left out; but where the machine's fans sit in the first slots and one
 * of them stands still, its 0 is a fact and keeps its place. `expected` is how many fans the machine should have.
 */
export function readFans(speeds: readonly (number | null)[], expected: number | null): number[] | null {
  const present = speeds.filter((speed) => speed !== null);
  if (present.length === 0) return null;
  const turning = present.filter((speed) => speed > 0);
  const lastTurning = speeds.findLastIndex((speed) => speed !== null && speed > 0);
  if (expected === null || turning.length === 0 || turning.length >= expected || lastTurning >= expected)
    return turning;
  return Array.from({ length: expected }, (_, i) => speeds[i] ?? 0);
}

/** The chip sensors of all boards in the order of the boards, or null where there is none. */
export function allChips(boards: readonly Board[]): (number | null)[] | null {
  const all = boards.flatMap((board) => board.temperature_chips ?? []);
  return all.length > 0 ? all : null;
}

/** The figures that the whole machine's temperatures are made of: its chips, or where none is read, its boards. */
export const hottestParts = (boards: readonly Board[]): (number | null | undefined)[] =>
  allChips(boards) ?? boards.map((board) => board.temperature_board);

export const totalHardwareErrors = (boards: readonly Board[]): number | null =>
  sum(boards.map((board) => board.hardware_errors));
