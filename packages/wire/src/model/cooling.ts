import { z } from "zod";
import { Fault } from "./reading.ts";

/** What a figure of the cooling plant may be: its unit, and the range outside of which no sensor means what it says. */
type Range = { unit: string; least: number; most: number };

const celsius = (least: number, most: number): Range => ({ unit: "°C", least, most });
const kilopascal: Range = { unit: "kPa", least: 0, most: 1_000 };
const percent: Range = { unit: "%", least: 0, most: 100 };
const watts: Range = { unit: "W", least: 0, most: 5_000_000 };
const volts: Range = { unit: "V", least: 0, most: 1_000 };
const amps: Range = { unit: "A", least: 0, most: 5_000 };
const kilowattHours: Range = { unit: "kWh", least: 0, most: 1e10 };
const hertz: Range = { unit: "Hz", least: 0, most: 120 };

/**
 * The figures of a cooling unit under one name each, whoever made it. Supply is what flows to the miners, return what
 * comes back; tower is what gives the heat away, be it a cooling tower or a dry cooler.
 */
export const COOLING_FIGURES = {
  "supply.temp": celsius(-30, 80),
  "return.temp": celsius(-30, 90),
  "supply.setpoint": celsius(10, 60),
  "supply.pressure": kilopascal,
  "return.pressure": kilopascal,
  "supply.flow": { unit: "m³/h", least: 0, most: 300 },
  "tank1.pressure": kilopascal,
  "tank2.pressure": kilopascal,
  "tank1.oil.hot": celsius(-30, 120),
  "tank1.oil.cold": celsius(-30, 120),
  "tank2.oil.hot": celsius(-30, 120),
  "tank2.oil.cold": celsius(-30, 120),
  "tank1.water.hot": celsius(-30, 110),
  "tank1.water.cold": celsius(-30, 110),
  "tank2.water.hot": celsius(-30, 110),
  "tank2.water.cold": celsius(-30, 110),
  "ups.battery": percent,
  "ups.temp": celsius(-40, 120),
  "secondary.supply.temp1": celsius(-30, 80),
  "secondary.supply.temp2": celsius(-30, 80),
  "secondary.return.temp1": celsius(-30, 90),
  "secondary.return.temp2": celsius(-30, 90),
  "tower.inletTemp": celsius(-40, 70),
  "ambient.temp": celsius(-40, 80),
  "ambient.humidity": percent,
  "outside.temp": celsius(-40, 70),
  "outside.humidity": percent,
  "dewpoint.temp": celsius(-40, 60),
  "pdbox.temp": celsius(-40, 120),
  "pdbox.humidity": percent,
  "power.box1": watts,
  "power.box2": watts,
  "power.total": watts,
  "power.cooling": watts,
  "energy.a": kilowattHours,
  "energy.b": kilowattHours,
  "volts.a": volts,
  "volts.b": volts,
  "volts.c": volts,
  "amps.a": amps,
  "amps.b": amps,
  "amps.c": amps,
  "pump.speed": percent,
  "pump.inlet.pressure": kilopascal,
  "pump.outlet.pressure": kilopascal,
  "filter.pressureDrop": kilopascal,
  "drycooler.freq": hertz,
  "drycooler.feedbackFreq": hertz,
  "valve.1.opening": percent,
  "valve.2.opening": percent,
  "tank.level.a": percent,
  "tank.level.b": percent,
  "tank.level.c": percent,
  "tank.level.d": percent,
  "coolant.conductivity": { unit: "µS/cm", least: 0, most: 5_000 },
  "coolant.ph": { unit: "pH", least: 0, most: 14 },
  "coolant.glycol": percent,
  "water.used": { unit: "m³", least: 0, most: 1e8 },
  "geo.longitude": { unit: "°", least: -180, most: 180 },
  "geo.latitude": { unit: "°", least: -90, most: 90 },
} as const satisfies Record<string, Range>;
export type CoolingFigure = keyof typeof COOLING_FIGURES;

/** What is on or off, open or closed. */
export const COOLING_SWITCHES = [
  "supply.pid",
  "mode.auto",
  "server.on",
  "pump.circulating",
  "pump.circulating2",
  "pump.spray",
  "pump.infusion",
  "pump.secondary1",
  "pump.secondary2",
  "pump.ready",
  "pump.oil1",
  "pump.oil2",
  "pump.water1",
  "pump.water2",
  "tank1.on",
  "tank2.on",
  "drycooler.1",
  "drycooler.2",
  "fan.exhaust1",
  "fan.exhaust2",
  "tower.fan1",
  "tower.fan2",
  "tower.fan3",
  "drycooler.variable",
  "drycooler.mains",
  "valve.1",
  "valve.2",
] as const;
export type CoolingSwitch = (typeof COOLING_SWITCHES)[number];

/** Sockets of power distribution units, `socket.<unit>.<number>`, are switches too; how many there are differs. */
export type CoolingField = CoolingFigure | CoolingSwitch | `socket.${number}.${number}`;

export const isCoolingFigure = (name: string): name is CoolingFigure => Object.hasOwn(COOLING_FIGURES, name);

/**
 * How far a value may be trusted. `good`; `uncertain`: its own sensor is in fault, two that should agree don't, or it
 * changed faster than it can; `bad`: missing, no figure, or outside of its range, and then it is null; `stale`: the last
 * one known, since the controller has lost what measures it.
 */
export const CoolingQuality = z.enum(["good", "uncertain", "bad", "stale"]);
export type CoolingQuality = z.infer<typeof CoolingQuality>;

export const CoolingValue = z.object({
  value: z.union([z.number(), z.boolean()]).nullable(),
  quality: CoolingQuality,
  /** When the controller had it: the time of its answer, or its own where it tells one. */
  at: z.iso.datetime(),
});
export type CoolingValue = z.infer<typeof CoolingValue>;

/** One miner as its container's controller tells of it. */
export const ContainedMiner = z.object({
  ip_address: z.string().max(64),
  model: z.string().max(128).nullable(),
  firmware: z.string().max(128).nullable(),
  uptime_seconds: z.number().nullable(),
  hashrate_5s_ghs: z.number().nullable(),
  hashrate_ghs: z.number().nullable(),
  /** What its model's sheet says; absent where none was found. */
  expected_hashrate_ghs: z.number().nullable().optional(),
  temperature_board: z.number().nullable(),
  temperature_chip: z.number().nullable(),
});
export type ContainedMiner = z.infer<typeof ContainedMiner>;

/** One cooling unit at one moment: what its controller told, in one form whoever made it. */
export const CoolingRecord = z.object({
  driver: z.string().max(64),
  /** The shape of its answers, where a driver knows several: `hydro`, `immersion`. */
  profile: z.string().max(64),
  make: z.string().max(64),
  model: z.string().max(128).nullable(),
  firmware: z.string().max(128).nullable(),
  /** False when the controller answers and has lost its PLC: then every value is stale. */
  connected: z.boolean(),
  at: z.iso.datetime(),
  /** By name: those of COOLING_FIGURES and COOLING_SWITCHES, and sockets. What a unit has no sensor for is absent. */
  values: z.record(z.string().max(64), CoolingValue),
  faults: z.array(Fault).max(200),
  /** Of the container as a whole, where it tells. */
  miners: z.object({ count: z.int().nullable(), list: z.array(ContainedMiner).max(2_000) }).nullable(),
});
export type CoolingRecord = z.infer<typeof CoolingRecord>;

/** What a cooling unit can be ordered. Each driver says which of them it knows. */
export const CoolingOrder = z.discriminatedUnion("order", [
  z.object({ order: z.literal("start") }),
  z.object({ order: z.literal("stop") }),
  z.object({ order: z.literal("reset") }),
  z.object({ order: z.literal("set_temp"), celsius: z.number().min(10).max(60) }),
  z.object({ order: z.literal("pid"), on: z.boolean() }),
  z.object({ order: z.literal("auto"), on: z.boolean() }),
  z.object({ order: z.literal("pump"), pump: z.string().max(32), on: z.boolean() }),
  z.object({ order: z.literal("fan"), fan: z.string().max(32), on: z.boolean() }),
  z.object({ order: z.literal("valve"), valve: z.string().max(32), open: z.boolean() }),
  z.object({
    order: z.literal("socket"),
    unit: z.int().min(0).max(255),
    socket: z.int().min(-1).max(255),
    on: z.boolean(),
  }),
]);
export type CoolingOrder = z.infer<typeof CoolingOrder>;
export type CoolingOrderName = CoolingOrder["order"];

/** The name under which a command carries an order, and by which interlocks and approval policies know it. */
export const coolingCommandName = (order: CoolingOrderName): string =>
  order === "set_temp" ? "cooling_set_temperature" : `cooling_${order}`;
