import type { CoolingField } from "@banksman/wire/model";

export type Unit = number;
/** Words that are read together. */
export type Block = { unit: Unit; address: number; count: number; lane: "fast" | "slow"; optional?: boolean };
/** A word as a value: a figure times `scale`, signed but for meters, else a switch that is on where the word is `on` (1). */
export type Register = {
  unit: Unit;
  address: number;
  field: CoolingField;
  scale?: number;
  unsigned?: true;
  on?: number;
};
export type Variant = "wonderint" | "kehua";

const CDU = 1;
const AIR = 2;
const METER = 4;

/** Pressures in hundredths of a bar. */
const KPA = 1;
const HUNDREDTH = 0.01;

const BLOCKS: readonly Block[] = [
  { unit: CDU, address: 1, count: 4, lane: "fast" },
  { unit: CDU, address: 90, count: 11, lane: "fast" },
  { unit: CDU, address: 201, count: 12, lane: "fast" },
  { unit: CDU, address: 291, count: 2, lane: "fast" },
  { unit: CDU, address: 601, count: 15, lane: "fast" },
  { unit: AIR, address: 2, count: 3, lane: "fast" },
  { unit: METER, address: 50, count: 8, lane: "slow", optional: true },
  { unit: METER + 1, address: 50, count: 8, lane: "slow", optional: true },
  { unit: METER + 2, address: 50, count: 8, lane: "slow", optional: true },
  { unit: METER + 3, address: 50, count: 8, lane: "slow", optional: true },
];

/**
 * Words count from 1. Coolant comes into the unit hot and goes out to the miners cold. The public driver of
 * tetherto/miningos-wrk-container-microbt and its own mock have T1 and T3 the other way round: the outlet is read where
 * the driver has it and is never better than uncertain; the fan's thresholds, on which they disagree too, are left out.
 */
const COMMON: readonly Register[] = [
  { unit: CDU, address: 95, field: "dewpoint.temp", scale: HUNDREDTH },
  { unit: CDU, address: 201, field: "return.temp", scale: HUNDREDTH },
  { unit: CDU, address: 203, field: "return.pressure", scale: KPA },
  { unit: CDU, address: 204, field: "supply.pressure", scale: KPA },
  { unit: CDU, address: 205, field: "pump.inlet.pressure", scale: KPA },
  { unit: CDU, address: 206, field: "pump.outlet.pressure", scale: KPA },
  { unit: CDU, address: 209, field: "pump.speed", scale: HUNDREDTH },
  { unit: CDU, address: 210, field: "filter.pressureDrop", scale: KPA },
  { unit: CDU, address: 601, field: "server.on" },
  // Between the phases, of the first meter.
  { unit: METER, address: 50, field: "volts.a", scale: HUNDREDTH, unsigned: true },
  { unit: METER, address: 51, field: "volts.b", scale: HUNDREDTH, unsigned: true },
  { unit: METER, address: 52, field: "volts.c", scale: HUNDREDTH, unsigned: true },
  { unit: METER, address: 53, field: "amps.a", scale: HUNDREDTH, unsigned: true },
  { unit: METER, address: 54, field: "amps.b", scale: HUNDREDTH, unsigned: true },
  { unit: METER, address: 55, field: "amps.c", scale: HUNDREDTH, unsigned: true },
];

const AIR_IN = (scale: number): readonly Register[] => [
  { unit: AIR, address: 3, field: "ambient.temp", scale },
  { unit: AIR, address: 4, field: "ambient.humidity", scale },
];

/** Register maps as data, for each of the two who build for MicroBT. */
export const VARIANTS: Readonly<Record<Variant, { blocks: readonly Block[]; registers: readonly Register[] }>> = {
  wonderint: {
    blocks: BLOCKS,
    registers: [
      ...COMMON,
      ...AIR_IN(0.1),
      { unit: CDU, address: 211, field: "supply.temp", scale: HUNDREDTH },
      { unit: CDU, address: 606, field: "pump.circulating" },
    ],
  },
  kehua: {
    blocks: BLOCKS,
    registers: [...COMMON, ...AIR_IN(HUNDREDTH), { unit: CDU, address: 208, field: "pump.circulating", on: 100 }],
  },
};
