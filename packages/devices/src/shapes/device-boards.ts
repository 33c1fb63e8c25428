import type { Board, Gigahashes } from "@banksman/wire/model";
import { gigahashes, megahashes } from "@banksman/wire/model";
import type { Answers } from "../answers.ts";
import type { Fields } from "../decode/reply.ts";
import { namedHashrate } from "../read/hashrate.ts";
import { amount, count, sum } from "../read/number.ts";
import { positive } from "../read/pick.ts";
import { warmCelsius } from "../read/sensors.ts";
import { text } from "../read/text.ts";

const RATES = ["MHS av", "MHS 5s"];

/**
 * Boards as the plain cgminer API lists them: one record each in `devs`, joined with its sensors in `temps` and its
 * chips in `devdetails` by `ID`. `rate` is the machine's own, which tells the unit of a firmware that mislabels it.
 */
export function deviceBoards(answers: Answers, rate: Gigahashes | null): Board[] {
  const devices = answers.all("devs", "DEVS");
  const unit = unitOf(devices, rate);
  const by = (command: string, section: string) => {
    const list = answers.all(command, section);
    return (id: number) => list.find((one) => count(one.ID) === id);
  };
  const sensorsOf = by("temps", "TEMPS");
  const detailsOf = by("devdetails", "DEVDETAILS");
  return devices.map((device, position): Board => {
    const slot = count(device.ID ?? device.ASC) ?? position;
    const sensors = sensorsOf(slot);
    const details = detailsOf(slot);
    const chip = warmCelsius(sensors?.Chip);
    return {
      slot,
      hashrate_ghs: unit === null ? null : namedHashrate(device, RATES, unit),
      expected_hashrate_ghs: unit === null ? null : positive(namedHashrate(device, ["Nominal MHS"], unit)),
      chips: count(details?.Chips),
      temperature_board: warmCelsius(sensors?.Board) ?? warmCelsius(device.Temperature),
      temperature_chips: chip === null ? null : [chip],
      frequency: megahertz(details?.Frequency),
      voltage: amount(details?.Voltage),
      hardware_errors: count(device["Hardware Errors"]),
      serial: text(device.SerialNumber),
    };
  });
}

/** Some tell their clock in Hz. */
function megahertz(raw: unknown): number | null {
  const value = amount(raw);
  if (value === null || value === 0) return null;
  return value > 100_000 ? value / 1e6 : value;
}

/** Some firmwares write GH/s under `MHS` in `devs`: the machine's own rate tells which; null where neither fits. */
function unitOf(devices: readonly Fields[], rate: Gigahashes | null) {
  const total = sum(devices.map((device) => namedHashrate(device, RATES)));
  if (total === null || total === 0 || rate === null || rate === 0) return megahashes;
  if (total > rate / 5 && total < rate * 5) return megahashes;
  return total * 1_000 > rate / 5 && total * 1_000 < rate * 5 ? gigahashes : null;
}

/** The speeds that `fans` lists, in rpm; null where it lists none. */
export function listedFans(answers: Answers): number[] | null {
  const speeds = answers
    .all("fans", "FANS")
    .map((fan) => amount(fan.RPM))
    .filter((speed) => speed !== null);
  return speeds.length > 0 ? speeds : null;
}
