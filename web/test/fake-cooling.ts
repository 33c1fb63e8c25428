import * as api from "@banksman/wire/api";
import { COOLING_DERIVED, type CoolingDerivedName, type CoolingValue } from "@banksman/wire/model";
import type { FakeReply, FakeRequest } from "./fake-routes.ts";
import type { FakeState } from "./fake-state.ts";

const ok = (data: unknown): FakeReply => ({ status: 200, body: { success: true, data } });
const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString();

/** Hydro boxes in three places; every seventh has a fault, every eleventh doesn't answer, one lost its PLC. */
const unitOf = (n: number): api.CoolingUnit => {
  const state: api.CoolingState = n % 11 === 10 ? "failing" : n === 5 ? "lost" : "online";
  const at = ago(state === "online" ? (n * 7) % 50 : 900);
  const quality: CoolingValue["quality"] = state === "lost" ? "stale" : "good";
  const told = (value: number | boolean | null, own: CoolingValue["quality"] = quality): CoolingValue => ({
    value,
    quality: own,
    at,
  });
  const [supply, back] = [34.2 + (n % 5) * 0.4, 43.1 + (n % 4) * 0.5];
  const figures: Partial<Record<CoolingDerivedName, number>> = {
    delta_t: back - supply,
    heat: 980 + (n % 9) * 12,
    power: 1_010 + (n % 9) * 11,
    pue: 1.031,
    dew_point: 12.4,
    dew_margin: supply - 12.4,
    approach_dry: 9.1,
    heat_balance: 0.97,
  };
  const names = Object.keys(COOLING_DERIVED) as CoolingDerivedName[];
  const isFaulty = n % 7 === 1;
  return {
    site_id: "1",
    host: `10.1.${100 + n}.1`,
    unit_no: n,
    name: n % 3 === 0 ? null : `C${String(n).padStart(2, "0")}`,
    state,
    driver: "antbox",
    profile: "hydro",
    make: "Bitmain",
    model: "ANTSPACE HK3",
    at,
    age_s: 10,
    round_at: at,
    values: {
      "supply.temp": told(supply),
      "return.temp": told(back),
      "supply.setpoint": told(34),
      "supply.flow": told(n === 1 ? 62.1 : 104.5),
      "supply.pressure": told(262),
      "return.pressure": told(118),
      "ambient.temp": told(27.4),
      "ambient.humidity": told(38),
      "tower.inletTemp": told(42.6, "uncertain"),
      "outside.temp": told(null, "bad"),
      "power.box1": told(511_000),
      "power.box2": told(499_000),
      "server.on": told(true),
      "supply.pid": told(true),
      "pump.circulating": told(true),
      "pump.spray": told(false),
      "pump.infusion": told(false),
      "tower.fan1": told(true),
      "tower.fan2": told(true),
      "tower.fan3": told(false),
      "fan.exhaust1": told(true),
    },
    derived: Object.fromEntries(names.map((name) => [name, figures[name] ?? null])) as api.CoolingUnit["derived"],
    faults: isFaulty
      ? [
          {
            code: "supply_liquid_flow_low",
            level: n === 1 ? "urgent" : "warning",
            text: "supply flow low",
            text_zh: "供液流量低",
            advice: "look at pump and filter",
            advice_zh: "检查循环泵与过滤器",
            since: ago(3_000),
            until: null,
          },
        ]
      : [],
    failure:
      state === "failing"
        ? { at: ago(40), code: "silent", reason: "no answer within 3 s", breaker: "open", rounds: 9 }
        : null,
    miners: 208,
    hashrate_ghs: 44_200_000,
    longitude: [-101.9, 110.1, -57.6][n % 3] ?? 0,
    latitude: [33.6, 39.8, -25.3][n % 3] ?? 0,
    settings: {
      name: null,
      driver: "antbox",
      interval_s: 60,
      timeout_ms: 3_000,
      retries: 3,
      collected_by: null,
      enabled: true,
      longitude: null,
      latitude: null,
      glycol_percent: 30,
      auxiliary_kw: 32,
    },
    registered_by: "edge",
    firmware: null,
    collector_id: "edge-a",
    received_at: at,
    lane: "fast",
    lease: { collector_id: "edge-a", until: ago(-8) },
    contained: {
      count: 208,
      listed_at: at,
      list: Array.from({ length: 208 }, (_, i) => ({
        ip_address: `10.1.${100 + n}.${i + 10}`,
        model: "S19 XP Hyd",
        firmware: "2025-03",
        uptime_seconds: 86_400 * (i % 30),
        hashrate_5s_ghs: 255_000,
        hashrate_ghs: i === 7 ? 0 : 250_000 + (i % 9) * 900,
        temperature_board: 58,
        temperature_chip: 70 + (i % 14),
      })),
    },
    water_l_per_kwh: 0.31,
    orders: ["start", "stop", "reset", "set_temp", "pid"],
  };
};

const units = ({ coolingUnits }: FakeState) => Array.from({ length: coolingUnits }, (_, n) => unitOf(n));

function overview(state: FakeState): api.CoolingOverview {
  const all = units(state);
  const by_state = { online: 0, lost: 0, failing: 0, silent: 0, new: 0, off: 0 };
  for (const unit of all) by_state[unit.state]++;
  const faults = { urgent: 0, severe: 0, warning: 0, info: 0 };
  for (const fault of all.flatMap((unit) => unit.faults)) faults[fault.level]++;
  const sum = (pick: (unit: api.CoolingUnit) => number | null) =>
    all.reduce((total, unit) => total + (pick(unit) ?? 0), 0);
  const [heat_kw, power_kw] = [sum(({ derived }) => derived.heat), sum(({ derived }) => derived.power)];
  return {
    units: all.length,
    by_state,
    heat_kw,
    power_kw,
    heat_units: all.length,
    power_units: all.length,
    pue: 1.031,
    hashrate_ghs: sum(({ hashrate_ghs }) => hashrate_ghs),
    miners: sum(({ miners }) => miners),
    water_l_per_kwh: 0.31,
    faults,
    units_with_faults: all.filter((unit) => unit.faults.length > 0).length,
    newest_at: ago(4),
    sites: [{ site_id: "1", region: null, units: all.length, online: by_state.online, heat_kw, power_kw, faults }],
  };
}

const wave = (n: number, of: number) => Math.sin((n / of) * 6.28);

function history(query: URLSearchParams): api.CoolingHistory {
  const names = (query.get("values") ?? "supply.temp").split(",");
  const levels: Record<string, number> = {
    "supply.temp": 35,
    "return.temp": 44,
    "supply.flow": 104,
    "ambient.temp": 27,
  };
  const series = names.map((name) => ({
    name,
    unit: "",
    points: Array.from({ length: 120 }, (_, i) => {
      const avg = i > 40 && i < 52 ? null : (levels[name] ?? 100) + wave(i, 120);
      return {
        at: ago((120 - i) * 180),
        min: avg === null ? null : avg - 0.4,
        avg,
        max: avg === null ? null : avg + 0.4,
      };
    }),
  }));
  return { site_id: "1", host: "x", from: ago(21_600), to: ago(0), resolution_seconds: 180, series };
}

const trend = () => ({
  resolution_seconds: 900,
  points: Array.from({ length: 96 }, (_, i) => ({
    at: ago((96 - i) * 900),
    units: 150,
    heat_kw: 148_000 + 3_000 * wave(i, 96),
    power_kw: 152_000 + 2_000 * wave(i, 96),
    supply_temp: 35 + wave(i, 96),
    return_temp: 44 + wave(i, 96),
  })),
});

type Handler = (state: FakeState, params: Record<string, string>, request: FakeRequest) => FakeReply;

/** Cooling units, as the fake server answers them. */
export const coolingHandlers: readonly [api.Route, Handler][] = [
  [api.GetCoolingOverview, (state) => ok(overview(state))],
  [api.ListCoolingUnits, (state) => ok({ units: units(state) })],
  [api.GetCoolingTrend, () => ok(trend())],
  [
    api.GetCoolingUnit,
    (state, { host }) => {
      const unit = units(state).find((one) => one.host === host);
      return unit
        ? ok(unit)
        : { status: 404, body: { success: false, error: "none", detail: "none", code: "NO_SUCH_UNIT", status: 404 } };
    },
  ],
  [api.GetCoolingHistory, (_state, _params, { query }) => ok(history(query))],
  [
    api.GetCoolingFaults,
    (state, { host }) => ok({ faults: units(state).find((one) => one.host === host)?.faults ?? [] }),
  ],
  [api.UpdateCoolingUnit, (state, { host }) => ok(units(state).find((one) => one.host === host))],
];
