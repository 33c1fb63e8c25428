import type { HttpAnswer, HttpCall } from "@banksman/replay";
import type { PlantState, Settings } from "./plant.ts";

/** Ways in which controllers of one make differ or fail while they go on answering. */
export type Manner = "plain" | "strings" | "numbers" | "bare" | "nan" | "html" | "disconnect" | "exception";
export type Shape = "hydro" | "immersion";

/** What a controller is asked or told. */
export type Plc = {
  state: () => PlantState;
  /** `what` tells two orders of one name apart, where the change to the settings doesn't. */
  order: (name: string, change: Partial<Settings>, what?: string) => void;
  miners: number;
  /** How many miners the containers before this one have: each miner has an address of its own. */
  minersFrom: number;
};

/** Bitmain's controller: JSON over plain HTTP, GET for reading and for writing. */
export function antboxAnswer(call: HttpCall, plc: Plc, shape: Shape, manner: Manner): HttpAnswer {
  if (call.path !== "/cooler") return { status: 404, headers: { "content-type": "text/html" }, body: "<h1>404</h1>" };
  const method = call.query.get("operation") ?? "";
  const told = (params: unknown): HttpAnswer => ({ body: { ok: true, method, params } });
  switch (method) {
    case "coolerState":
      return stateIn(manner, method, paramsOf(plc.state(), shape, manner === "disconnect"));
    case "sensorData":
      return told(meters(plc.state(), shape));
    case "minerInfo":
      return told(minerInfo(plc));
    case "open":
    case "close":
      plc.order(method, { running: method === "open" });
      return told(null);
    case "reset":
      plc.order(method, {});
      return told(null);
    case "setTemp": {
      const temperature = call.query.get("temp") ?? "";
      const setpoint = Number(temperature);
      if (temperature !== "pid" && !(setpoint >= 10 && setpoint <= 60))
        return { body: { ok: false, error: "ERR_TEMP" } };
      plc.order(method, temperature === "pid" ? { pid: true } : { pid: false, setpoint });
      return told(null);
    }
    default:
      return { body: { status: "error", error: "ERR_UNSUPPORTED" } };
  }
}

type Params = Record<string, unknown>;

function stateIn(manner: Manner, method: string, params: Params): HttpAnswer {
  switch (manner) {
    case "exception":
      return { body: { ok: false, method, error: "ERR_PLC_BUSY" } };
    case "html":
      return { headers: { "content-type": "text/html" }, body: "<html><body>Gateway busy</body></html>" };
    case "bare":
      return { body: params };
    case "nan":
      return {
        body: JSON.stringify({ ok: true, method, params: { ...params, supply_liquid_flow: "@" } }).replace(
          '"@"',
          "NaN",
        ),
      };
    case "strings":
      return { body: { ok: "true", method, params: mapped(params, (value) => String(value)) } };
    case "numbers":
      return {
        body: {
          ok: 1,
          method,
          params: mapped(params, (value) => (typeof value === "boolean" ? Number(value) : value)),
        },
      };
    default:
      return { body: { ok: true, method, params } };
  }
}

const mapped = (params: Params, change: (value: unknown) => unknown): Params =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, change(value)]));

const tenth = (value: number): number => Math.round(value * 10) / 10;
const thousandth = (value: number): number => Math.round(value * 1_000) / 1_000;

const paramsOf = (state: PlantState, shape: Shape, disconnect: boolean): Params =>
  shape === "hydro" ? hydro(state, disconnect) : immersion(state, disconnect);

function hydro(state: PlantState, disconnect: boolean): Params {
  const { settings, effort, flow } = state;
  return {
    disconnect,
    circulating_pump: settings.running,
    fan1: settings.running && state.inside > 30,
    fan2: settings.running && state.inside > 35,
    spray_pump: settings.running && effort > 0.6 && state.outside > 5,
    fluid_infusion_pump: false,
    cooling_tower_fan1: settings.running && effort > 0.05,
    cooling_tower_fan2: settings.running && effort > 0.35,
    cooling_tower_fan3: settings.running && effort > 0.65,
    power_fault: false,
    liquid_level_low: state.returnPressure < 60,
    circulating_pump_fault: false,
    leakage_fault: false,
    supply_liquid_temp_high: state.supply > 40,
    supply_liquid_temp_too_high: state.supply > 45,
    supply_liquid_pressure_high: state.supplyPressure > 400,
    return_liquid_pressure_low: state.returnPressure < 50,
    supply_liquid_flow_low: settings.running && flow < 60,
    freezing_alarm: state.supply < 4,
    cooling_tower_liquid_level_low: false,
    running_mode: true,
    supply_liquid_temp: tenth(state.supply),
    return_liquid_temp: tenth(state.return),
    supply_liquid_pressure: thousandth(state.supplyPressure / 1_000),
    return_liquid_pressure: thousandth(state.returnPressure / 1_000),
    // Spelt as the firmware spells it.
    colding_tower_inlet_temp: tenth(state.outside),
    antbox_internal_temp: tenth(state.inside),
    supply_liquid_flow: tenth(flow),
    antbox_internal_humidity: tenth(state.humidity),
    distribution_box1_power: Math.round(state.electricKw * 500),
    distribution_box2_power: Math.round(state.electricKw * 500),
    longitude_direction: 0,
    longitude: 0,
    latitude_direction: 0,
    latitude: 0,
    supply_liquid_set_temp: settings.setpoint,
    pid_mode: settings.pid,
  };
}

function immersion(state: PlantState, disconnect: boolean): Params {
  const { settings, effort } = state;
  return {
    disconnect,
    server_on: true,
    running_mode: true,
    primary_supply_temp: tenth(state.supply),
    primary_return_temp: tenth(state.return),
    second_supply_temp1: tenth(state.supply - 4),
    second_return_temp1: tenth(state.return - 4),
    out_temp: tenth(state.outside),
    container_temp: tenth(state.inside),
    container_humidity: tenth(state.humidity),
    power_distribution_temp: tenth(state.inside + 5),
    power_distribution_humidity: tenth(state.humidity),
    distribution_box_power: thousandth(state.electricKw / 100),
    power_distribution: tenth(settings.running ? 5 + 30 * effort : 0),
    one_pump: settings.running,
    second_pump1: settings.running,
    second_pump2: false,
    pump_ready: true,
    container_fan: settings.running,
    dry_cooler_freq_run: settings.running && effort > 0.05,
    dry_cooler_power_freq_run: settings.running && effort > 0.6,
    drycooler_freq: tenth(50 * effort),
    valve1_open: settings.running,
    valve1_close: !settings.running,
    open1: settings.running ? 100 : 0,
    tank_a_level: 82,
    tank_b_level: 81,
    one_pump_fault: false,
    second_pump1_fault: false,
    second_pump2_fault: false,
    lever_low: false,
    primary_supply_temp_fault: false,
    supply_liquid_set_temp: settings.setpoint,
    pid_mode: settings.pid,
  };
}

function meters({ electricKw }: PlantState, shape: Shape): Params {
  const amps = tenth((electricKw * 1_000) / (Math.sqrt(3) * 400));
  return {
    vol_a_distribution: 2_305,
    vol_b_distribution: 2_301,
    vol_c_distribution: 2_309,
    cur_a_distribution: amps,
    cur_b_distribution: amps,
    cur_c_distribution: amps,
    smoke: false,
    ...(shape === "immersion" ? {} : { phasefailure: false }),
  };
}

/** The 250 usable addresses of each network from 10.1.100.0 on, one after the other. */
const addressAt = (n: number): string =>
  `10.${1 + Math.floor(n / 38_750)}.${100 + (Math.floor(n / 250) % 155)}.${(n % 250) + 1}`;

function minerInfo({ state, miners, minersFrom }: Plc): Params {
  const { heatKw, supply } = state();
  const runs = heatKw > 100;
  const list = Array.from({ length: miners }, (_, i) => [
    addressAt(minersFrom + i),
    {
      miner_type: "Antminer S19 XP Hyd.",
      miner_version: "Fri Jul 14 10:00:00 CST 2023",
      elapsed: 86_400 + i,
      GHS_5s: runs ? 255_000 + (i % 7) * 300 : 0,
      GHS_avg: runs ? 254_500 + (i % 5) * 200 : 0,
      pcb_max_temp: Math.round(supply + 12),
      chip_max_temp: i % 50 === 49 ? -2_147_483 : Math.round(supply + 25),
    },
  ]);
  return {
    miner_num: miners,
    total_hashrate: runs ? miners * 255_000 : 0,
    pcb_max_temp: Math.round(supply + 12),
    chip_max_temp: Math.round(supply + 25),
    chip_temp_mean: Math.round(supply + 20),
    miner_info: miners === 0 ? [] : Object.fromEntries(list),
  };
}
