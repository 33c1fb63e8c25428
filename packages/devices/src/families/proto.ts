import type { Board, Fault, Pool, WorkStatus } from "@banksman/wire/model";
import { gigahashes, terahashes } from "@banksman/wire/model";
import type { Answers } from "../answers.ts";
import { protoCommands } from "../commands/proto.ts";
import type { Fields } from "../decode/reply.ts";
import { defineFamily } from "../family.ts";
import { boardMissing, stoppedFans, toldFault } from "../faults/fault.ts";
import { hashrate, namedUnit } from "../read/hashrate.ts";
import { amount, count, greatest, mean } from "../read/number.ts";
import { at, listOf, nonEmpty, positive } from "../read/pick.ts";
import { warmCelsius } from "../read/sensors.ts";
import { mac, text } from "../read/text.ts";
import { allChips } from "../shapes/antminer-boards.ts";
import { activePool, ownShares } from "../shapes/pools.ts";

const MINING = "/api/v1/mining";
const TELEMETRY = "/api/v1/telemetry?level=miner,hashboard,psu";
const SYSTEM = "/api/v1/system";

type View = {
  mining: Fields | undefined;
  telemetry: Fields | undefined;
  system: Fields | undefined;
  hardware: Fields | undefined;
  network: Fields | undefined;
  boards: Board[];
  fans: number[] | null;
  pools: Pool[];
  errors: readonly Fields[] | null;
};

/** Block's Proto Rig: REST with units beside the values of its telemetry. Slots count from 1, telemetry's indexes from 0. */
export const proto = defineFamily<View>({
  id: "proto",
  title: "Proto Rig, ProtoOS",
  make: "Proto",
  types: ["proto", "protoos"],
  transport: "http",
  web: {
    factory: { username: "admin", password: "admin" },
    login: {
      request: ({ password }) => ({
        method: "POST",
        path: "/api/v1/auth/login",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ password }),
      }),
      session: ({ text: reply }) => {
        const token = /"access_token"\s*:\s*"([^"]+)"/.exec(reply)?.[1];
        return token === undefined ? null : { Authorization: `Bearer ${token}` };
      },
    },
  },
  claims: ({ page, answers }) => /PROTO ?OS/.test(page) || at(answers.get(SYSTEM)?.body, "system-info") !== undefined,
  live: [
    { command: SYSTEM },
    { command: MINING },
    { command: TELEMETRY, optional: true },
    { command: "/api/v1/pools" },
    { command: "/api/v1/cooling", optional: true },
    { command: "/api/v1/hardware", optional: true },
    { command: "/api/v1/errors", optional: true },
  ],
  identity: [{ command: "/api/v1/network" }],
  view: (answers) => {
    const body = (path: string) => answers.get(path)?.body;
    const hardware = at(body("/api/v1/hardware"), "hardware-info");
    const telemetry = answers.ok(TELEMETRY) ? body(TELEMETRY) : undefined;
    return {
      mining: at(body(MINING), "mining-status"),
      telemetry,
      system: at(body(SYSTEM), "system-info"),
      hardware,
      network: at(body("/api/v1/network"), "network-info"),
      boards: boardsOf(hardware, telemetry),
      fans: fansOf(answers),
      pools: listOf(body("/api/v1/pools")?.pools).flatMap(poolOf),
      errors: answers.ok("/api/v1/errors")
        ? listOf(body("/api/v1/errors")?.list ?? body("/api/v1/errors")?.errors)
        : null,
    };
  },
  fields: {
    hashrate_ghs: (v) => hashrate(v.mining?.average_hashrate_ghs ?? v.mining?.hashrate_ghs, gigahashes),
    hashrate_5s_ghs: (v) =>
      hashrate(v.mining?.hashrate_ghs, gigahashes) ?? measured(at(v.telemetry, "miner", "hashrate")),
    expected_hashrate_ghs: (v) => positive(hashrate(v.mining?.ideal_hashrate_ghs, gigahashes)),
    temperature_avg: (v) => warmCelsius(v.mining?.average_asic_temp_c) ?? mean(allChips(v.boards) ?? []),
    temperature_max: (v) => greatest(allChips(v.boards) ?? []) ?? warmCelsius(v.mining?.average_asic_temp_c),
    temperature_chips: (v) => allChips(v.boards),
    fan_speeds: (v) => v.fans,
    accepted_shares: (v) => ownShares(v.pools, "accepted", undefined),
    rejected_shares: (v) => ownShares(v.pools, "rejected", undefined),
    hardware_errors: (v) => count(v.mining?.hw_errors),
    uptime_seconds: (v) => amount(v.mining?.mining_uptime_s) ?? amount(v.system?.uptime_seconds),
    pool_url: (v) => activePool(v.pools)?.url,
    worker_name: (v) => activePool(v.pools)?.worker,
    power_consumption: (v) =>
      positive(amount(v.mining?.power_usage_watts)) ?? positive(amount(at(v.telemetry, "miner", "power")?.value)),
    power_source: () => "measured",
    status: statusOf,
    faults: faultsOf,
    boards: (v) => nonEmpty(v.boards),
    pools: (v) => nonEmpty(v.pools),
    model: (v) => text(v.system?.product_name) ?? text(v.system?.model),
    firmware: (v) =>
      text([at(v.system, "os")?.name, at(v.system, "os")?.version].filter((part) => part != null).join(" ")),
    mac: (v) => mac(v.network?.mac),
    serial: (v) => text(at(v.hardware, "cb-info")?.serial_number) ?? text(v.system?.cb_sn),
  },
  commands: protoCommands,
});

/** A value with its unit beside it. */
function measured(one: Fields | undefined) {
  return hashrate(one?.value, namedUnit(one?.unit) ?? terahashes);
}

/** Boards by their hardware's slots; one that telemetry doesn't know says nothing of itself. */
function boardsOf(hardware: Fields | undefined, telemetry: Fields | undefined): Board[] {
  const live = listOf(telemetry?.hashboards);
  const listed = listOf(hardware?.["hashboards-info"]);
  const parts =
    listed.length > 0
      ? listed
      : live.map((one, place) => ({ slot: (count(one.index) ?? place) + 1, hb_sn: one.serial_number }));
  return parts.map((part, place): Board => {
    const slot = count(part.slot) ?? place + 1;
    const serial = text(part.hb_sn);
    const one =
      live.find((board) => serial !== null && text(board.serial_number) === serial) ??
      live.find((board) => count(board.index) === slot - 1);
    const heat = at(one, "temperature");
    const chips = [heat?.inlet, heat?.outlet].filter((raw) => raw !== undefined).map(warmCelsius);
    return {
      slot,
      hashrate_ghs: measured(at(one, "hashrate")),
      chips: "mining_asic_count" in part ? count(part.mining_asic_count) : null,
      temperature_board: warmCelsius(heat?.average),
      temperature_chips: nonEmpty(chips),
      voltage: positive(amount(at(one, "voltage")?.value)),
      serial,
    };
  });
}

function fansOf(answers: Answers): number[] | null {
  const fans = listOf(at(answers.get("/api/v1/cooling")?.body, "cooling-status")?.fans);
  return nonEmpty(fans.map((fan) => amount(fan.rpm)).filter((speed) => speed !== null));
}

function poolOf(pool: Fields): Pool[] {
  const url = text(pool.url, 500);
  if (url === null) return [];
  const state = text(pool.connection_status ?? pool.status)?.toLowerCase() ?? "";
  const active = state === "active";
  return [
    {
      url,
      worker: text(pool.user ?? pool.username, 256),
      status:
        pool.enabled === false
          ? "disabled"
          : active || state === "alive"
            ? "alive"
            : state === "dead"
              ? "dead"
              : "unknown",
      active,
      priority: count(pool.priority),
      accepted: count(pool.accepted),
      rejected: count(pool.rejected),
      dev_fee: false,
    },
  ];
}

const STATES: readonly (readonly [state: RegExp, status: WorkStatus])[] = [
  [/^mining|degraded/, "hashing"],
  [/stopp|sleep|paus/, "sleeping"],
  [/start|init|uninit|tun|warm/, "starting"],
  [/heat|thermal/, "overheated"],
  [/err|fail|fault/, "fault"],
  [/idle|nopools|no_pools/, "idle"],
];

function statusOf(v: View): WorkStatus | null {
  const state = text(v.mining?.status)?.toLowerCase().replace(/\s/g, "") ?? "";
  return STATES.find(([mark]) => mark.test(state))?.[1] ?? null;
}

function faultsOf(v: View): Fault[] | null {
  if (v.errors === null && !v.mining) return null;
  const told = (v.errors ?? []).map((error) => {
    const code = text(error.error_code, 64) ?? "error";
    const slot = text(error.source) === "hashboard" ? count(error.slot) : null;
    return toldFault(code, "severe", text(error.message, 500) ?? code, { board: slot });
  });
  const lost = statusOf(v) === "hashing" ? v.boards.filter((board) => board.chips === 0) : [];
  return [
    ...told,
    ...lost.map((board) => boardMissing(board.slot)),
    ...(statusOf(v) === "hashing" ? stoppedFans(v.fans) : []),
  ];
}
