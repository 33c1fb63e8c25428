import type { Noise } from "../noise.ts";

/**
 * How a box is built. Heat in kW, flow in m³/h, `lossKwPerK` what its tower gives away for each kelvin, all fans on, `supply`
 * what its PID holds, in °C.
 */
export type Build = {
  heatKw: number;
  flow: number;
  lossKwPerK: number;
  volume: number;
  auxiliaryKw: number;
  supply: number;
};

/** A hydro box of 189 machines with 5.4 kW each: 8 K between supply and return at 109 m³/h. */
export const HYDRO_BOX: Build = { heatKw: 1_020, flow: 109, lossKwPerK: 62, volume: 3, auxiliaryKw: 25, supply: 35 };
export const IMMERSION_BOX: Build = { heatKw: 680, flow: 90, lossKwPerK: 40, volume: 8, auxiliaryKw: 30, supply: 44 };
export const OIL_BOX: Build = { ...HYDRO_BOX, supply: 40.5 };

/** What is wrong with a box, and since when. */
export type PlantFault = { kind: "stuck_sensor" | "slow_leak" | "fouling"; sinceMs: number };

/** What a person or the controller has set. */
export type Settings = { running: boolean; pid: boolean; setpoint: number };

/** The plant at one moment. Temperatures in °C, pressures in kPa. */
export type PlantState = {
  settings: Settings;
  supply: number;
  return: number;
  flow: number;
  heatKw: number;
  rejectedKw: number;
  /** How hard the tower works, 0 to 1. */
  effort: number;
  outside: number;
  inside: number;
  humidity: number;
  supplyPressure: number;
  returnPressure: number;
  electricKw: number;
};

/** What a cubic metre of water takes up for each kelvin. */
const KWH_PER_M3_K = 1.163;
const STEP_S = 10;
/** Beyond this the plant has settled whatever it was before. */
const LONGEST_S = 2 * 3_600;
const HOUR_MS = 3_600_000;
const YEAR_MS = 365.25 * 24 * HOUR_MS;
/** Miners switch themselves off when their coolant comes back this hot. */
const MINERS_STOP_AT = 70;

/**
 * The coolant loop of one container: heat from the miners, carried by the flow, given away by a tower that works as hard
 * as the set temperature asks and the weather lets it. It follows the clock it is given, be that one that runs fast.
 */
export class Plant {
  settings: Settings;
  readonly #build: Build;
  readonly #noise: Noise;
  readonly #fault: PlantFault | undefined;
  #at: number;
  /** Mean temperature of the loop. */
  #mean: number;
  #flow: number;
  #effort = 0.5;
  #heat: number;
  #stuckAt: number | null = null;

  constructor(build: Build, noise: Noise, nowMs: number, fault?: PlantFault) {
    this.#build = build;
    this.settings = { running: true, pid: true, setpoint: build.supply };
    this.#mean = build.supply + 3;
    this.#noise = noise;
    this.#fault = fault;
    this.#flow = build.flow;
    this.#heat = build.heatKw;
    this.#at = nowMs - LONGEST_S * 1_000;
    this.state(nowMs);
  }

  /** Lets the time until `nowMs` pass. */
  state(nowMs: number): PlantState {
    const passed = Math.min(LONGEST_S, Math.max(0, (nowMs - this.#at) / 1_000));
    const steps = Math.ceil(passed / STEP_S);
    for (let i = 1; i <= steps; i++) this.#step(passed / steps, nowMs - ((steps - i) * passed * 1_000) / steps);
    this.#at = Math.max(this.#at, nowMs);
    return this.#seen(nowMs);
  }

  #step(seconds: number, atMs: number): void {
    const { running, pid, setpoint } = this.settings;
    this.#flow += ((running ? this.#build.flow : 0) - this.#flow) * (1 - Math.exp(-seconds / 8));
    const wanted = this.#minersRun() ? this.#build.heatKw * (1 + 0.03 * this.#noise.walk("load", atMs, HOUR_MS)) : 0;
    this.#heat += (wanted - this.#heat) * (1 - Math.exp(-seconds / 60));
    const goal = pid ? this.#build.supply : setpoint;
    const error = this.#mean - this.#difference() / 2 - goal;
    this.#effort = running ? clamp(this.#effort + (error * seconds) / 900, 0.02, 1) : 0.02;
    const net = this.#heat - this.#rejected(atMs);
    this.#mean = clamp(this.#mean + (net * seconds) / 3_600 / (this.#build.volume * KWH_PER_M3_K), -20, 89);
  }

  /** Without flow a miner's own sensors stop it. */
  #minersRun = (): boolean =>
    this.#flow > 0.2 * this.#build.flow && this.#mean + this.#difference() / 2 < MINERS_STOP_AT;

  #difference = (): number => (this.#flow < 1 ? 0 : this.#heat / (this.#flow * KWH_PER_M3_K));

  #rejected(atMs: number): number {
    const carried = Math.min(1, this.#flow / this.#build.flow);
    const clean =
      1 - (this.#fault?.kind === "fouling" ? clamp((atMs - this.#fault.sinceMs) / (60 * 24 * HOUR_MS), 0, 0.6) : 0);
    const over = this.#mean + this.#difference() / 2 - this.#outside(atMs) + 8;
    return this.#effort * this.#build.lossKwPerK * clean * carried * Math.max(0, over);
  }

  /** The weather: a year, a day, and what nobody foresees. */
  #outside = (atMs: number): number =>
    14 -
    11 * Math.cos((2 * Math.PI * atMs) / YEAR_MS) -
    5 * Math.cos((2 * Math.PI * (atMs - 3 * HOUR_MS)) / (24 * HOUR_MS)) +
    3 * this.#noise.walk("weather", atMs, 30 * HOUR_MS);

  #seen(nowMs: number): PlantState {
    const half = this.#difference() / 2;
    const jitter = (channel: string, span: number) => span * this.#noise.walk(channel, nowMs, 90_000);
    const supply = this.#mean - half + jitter("supply", 0.15);
    const leaked = this.#fault?.kind === "slow_leak" ? (nowMs - this.#fault.sinceMs) / (24 * HOUR_MS) : 0;
    const part = this.#flow / this.#build.flow;
    const returnPressure = Math.max(0, 110 + jitter("pressure", 2) - Math.max(0, leaked) * 4);
    const running = this.settings.running ? 1 : 0;
    const outside = this.#outside(nowMs);
    return {
      settings: this.settings,
      supply: this.#stuck(supply, nowMs),
      return: this.#mean + half + jitter("return", 0.15),
      flow: Math.max(0, this.#flow * (1 + jitter("flow", 0.01))),
      heatKw: this.#heat,
      rejectedKw: this.#rejected(nowMs),
      effort: this.#effort,
      outside,
      inside: outside + WARMER_INSIDE_K,
      humidity: this.#humidity(outside, nowMs),
      supplyPressure: returnPressure + 150 * part * part,
      returnPressure,
      electricKw: this.#heat + running * (5 + this.#build.auxiliaryKw * this.#effort),
    };
  }

  /** Inside is the air from outside, warmed: it holds the same water, and so a smaller part of what it could. */
  #humidity(outside: number, nowMs: number): number {
    const there = clamp(60 + 25 * this.#noise.walk("humidity", nowMs, 8 * HOUR_MS) - 1.2 * (outside - 15), 15, 99);
    return clamp((there * saturation(outside)) / saturation(outside + WARMER_INSIDE_K), 5, 99);
  }

  #stuck(supply: number, nowMs: number): number {
    if (this.#fault?.kind !== "stuck_sensor" || nowMs < this.#fault.sinceMs) return supply;
    this.#stuckAt ??= supply;
    return this.#stuckAt;
  }
}

const WARMER_INSIDE_K = 6;
/** Pressure of saturated vapour in hPa, by Magnus' formula (Alduchov and Eskridge 1996). */
const saturation = (celsius: number): number => 6.1094 * Math.exp((17.625 * celsius) / (celsius + 243.04));

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));
