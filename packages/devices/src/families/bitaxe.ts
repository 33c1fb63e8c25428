import type { Board, Fault, Pool, WorkStatus } from "@banksman/wire/model";
import { gigahashes } from "@banksman/wire/model";
import { bitaxeCommands } from "../commands/bitaxe.ts";
import type { Fields } from "../decode/reply.ts";
import { defineFamily } from "../family.ts";
import { fault, stoppedFans, toldFault } from "../faults/fault.ts";
import { hashrate } from "../read/hashrate.ts";
import { amount, count, firstAmount, greatest, mean, sum } from "../read/number.ts";
import { at, listOf, nonEmpty, positive } from "../read/pick.ts";
import { celsius } from "../read/sensors.ts";
import { isTrue, mac, text } from "../read/text.ts";
import { activePool } from "../shapes/pools.ts";

const INFO = "/api/system/info";

type View = { info: Fields; chips: (number | null)[]; fans: number[] | null; pools: Pool[] };

/**
 * AxeOS on Bitaxe and its relatives (NerdAxe, NerdQAxe, Lucky Miner and other boards that build on ESP-Miner): one path
 * tells all. Hashrates are GH/s, voltages mV, currents mA.
 */
export const bitaxe = defineFamily<View>({
  id: "bitaxe",
  title: "Bitaxe, NerdAxe and other AxeOS boards",
  make: (v) => makeOf(v.info),
  types: ["bitaxe", "axeos", "nerdaxe", "nerdqaxe"],
  transport: "http",
  web: {},
  claims: ({ page, answers }) =>
    /AXEOS|NERDAXE|NERDQAXE|\bNERDOS\b|<TITLE>[^<]*BITAXE/.test(page) ||
    answers.get(INFO)?.body.ASICModel !== undefined,
  live: [{ command: INFO }],
  identity: [],
  view: (answers) => {
    const info: Fields = answers.get(INFO)?.body ?? {};
    return { info, chips: chipsOf(info), fans: fansOf(info), pools: poolsOf(info) };
  },
  fields: {
    hashrate_ghs: ({ info }) =>
      hashrate(info.hashRate_10m ?? info.hashRate_1m, gigahashes) ?? hashrate(info.hashRate, gigahashes),
    hashrate_5s_ghs: ({ info }) => hashrate(info.hashRate, gigahashes),
    expected_hashrate_ghs: ({ info }) => positive(hashrate(info.expectedHashrate, gigahashes)) ?? byClock(info),
    temperature_avg: (v) => mean(v.chips),
    temperature_max: (v) => greatest(v.chips),
    temperature_chips: (v) => (v.chips.some((value) => value !== null) ? v.chips : null),
    fan_speeds: (v) => v.fans,
    frequency_avg: ({ info }) => positive(amount(info.frequency)),
    accepted_shares: ({ info }) => count(info.sharesAccepted),
    rejected_shares: ({ info }) => count(info.sharesRejected),
    hardware_errors: ({ info }) => errorsOf(info),
    uptime_seconds: ({ info }) => amount(info.uptimeSeconds),
    pool_url: (v) => activePool(v.pools)?.url,
    worker_name: (v) => activePool(v.pools)?.worker,
    power_consumption: ({ info }) => positive(amount(info.power)),
    power_source: () => "measured",
    status: statusOf,
    faults: faultsOf,
    boards: (v) => [boardOf(v)],
    pools: (v) => nonEmpty(v.pools),
    model: ({ info }) => modelOf(info),
    firmware: ({ info }) => text(info.version),
    mac: ({ info }) => mac(info.macAddr),
    serial: () => null,
  },
  commands: bitaxeCommands,
});

/** A sensor below freezing isn't there. */
const warm = (raw: unknown): number | null => positive(celsius(raw));

/** One sensor for all chips, on larger boards two. */
function chipsOf(info: Fields): (number | null)[] {
  return [info.temp, info.temp2].filter((raw) => raw !== undefined).map(warm);
}

function fansOf(info: Fields): number[] | null {
  const listed = listOf(info.fans).map((fan) => amount(fan.rpm));
  const speeds = listed.length > 0 ? listed : [amount(info.fanrpm), amount(info.fan2rpm)];
  return nonEmpty(speeds.filter((speed) => speed !== null));
}

/** The second name is the chip, by which the boards of the Bitaxe series differ. */
const SERIES = new Map([
  ["BM1397", "Max"],
  ["BM1366", "Ultra"],
  ["BM1368", "Supra"],
  ["BM1370", "Gamma"],
]);

function modelOf(info: Fields): string | null {
  const told = text(info.deviceModel);
  const make = makeOf(info);
  if (told !== null)
    return new RegExp(make.replace(/\s/g, ""), "i").test(told.replace(/\s/g, "")) ? told : `${make} ${told}`;
  const chip = text(info.ASICModel)?.toUpperCase() ?? "";
  const name = SERIES.get(chip) ?? chip;
  return name === "" ? null : `Bitaxe ${name}`;
}

function makeOf(info: Fields): string {
  const said = `${info.deviceModel ?? ""} ${info.hostname ?? ""}`;
  if (/nerd/i.test(String(info.deviceModel ?? ""))) return "NerdAxe";
  return /lucky/i.test(said) ? "Lucky Miner" : "Bitaxe";
}

/** What AxeOS itself shows as expected: each small core does one hash a clock. */
function byClock(info: Fields) {
  const [mhz, cores, chips] = [amount(info.frequency), count(info.smallCoreCount), count(info.asicCount) || 1];
  if (!mhz || !cores) return null;
  return gigahashes(Math.round((mhz * cores * chips) / 1_000));
}

const errorsOf = (info: Fields): number | null =>
  sum(listOf(at(info, "hashrateMonitor")?.asics).map((asic) => count(asic.errorCount)));

function boardOf({ info, chips }: View): Board {
  const volts = firstAmount(info, "coreVoltageActual", "coreVoltage");
  return {
    slot: 0,
    hashrate_ghs: hashrate(info.hashRate, gigahashes),
    expected_hashrate_ghs: positive(hashrate(info.expectedHashrate, gigahashes)) ?? byClock(info),
    chips: count(info.asicCount) || 1,
    temperature_board: warm(info.vrTemp),
    temperature_chips: chips.some((value) => value !== null) ? chips : null,
    frequency: positive(amount(info.frequency)),
    voltage: volts ? volts / 1_000 : null,
    hardware_errors: errorsOf(info),
  };
}

/** The pool and its fallback; NerdAxe lists its pools with their connection. */
function poolsOf(info: Fields): Pool[] {
  const listed = listOf(at(info, "stratum")?.pools);
  if (listed.length > 0)
    return listed.flatMap((pool) => poolOf(pool.host, pool.port, pool.user, pool.connected === true));
  const onFallback = isTrue(info.isUsingFallbackStratum);
  return [
    ...poolOf(info.stratumURL, info.stratumPort, info.stratumUser, !onFallback),
    ...poolOf(info.fallbackStratumURL, info.fallbackStratumPort, info.fallbackStratumUser, onFallback),
  ].map((pool, priority) => ({ ...pool, priority }));
}

function poolOf(host: unknown, port: unknown, user: unknown, active: boolean): Pool[] {
  const address = text(host, 400);
  if (address === null) return [];
  const place = count(port);
  const url = /:\d+$/.test(address) || place === null ? address : `${address}:${place}`;
  return [
    {
      url: url.includes("://") ? url : `stratum+tcp://${url}`,
      worker: text(user, 256),
      status: "unknown",
      active,
      dev_fee: false,
    },
  ];
}

/** A machine that hasn't hashed for so long after its start isn't starting any more. */
const STARTING_SECONDS = 300;

function statusOf({ info }: View): WorkStatus | null {
  if (isTrue(info.overheat_mode)) return "overheated";
  if (isTrue(info.shutdown) || isTrue(info.miningPaused)) return "sleeping";
  const rate = amount(info.hashRate);
  if (rate === null) return null;
  if (rate > 0) return "hashing";
  return (amount(info.uptimeSeconds) ?? 0) < STARTING_SECONDS ? "starting" : "idle";
}

function faultsOf(v: View): Fault[] {
  const { info } = v;
  const faults: Fault[] = [];
  if (isTrue(info.overheat_mode))
    faults.push(fault("overheat_mode", ["urgent", "heat", "stopped by its heat", "过热停机"]));
  const power = text(info.power_fault, 500);
  if (power !== null && power !== "0") faults.push(toldFault("power_fault", "severe", power));
  if (isTrue(info.isUsingFallbackStratum))
    faults.push(fault("fallback_pool", ["warning", "pool", "works for its fallback pool", "正在使用备用矿池"]));
  if (statusOf(v) === "hashing" && (amount(info.fanspeed) ?? 0) > 0) {
    faults.push(...(v.fans?.every((speed) => speed === 0) ? [FAN_STOPPED] : stoppedFans(v.fans)));
  }
  return faults;
}

const FAN_STOPPED = fault("fan_stopped", ["severe", "fan", "the fan stands still", "风扇停转"]);
