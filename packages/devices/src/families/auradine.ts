import type { Board, Fault, Pool, WorkStatus } from "@banksman/wire/model";
import { terahashes } from "@banksman/wire/model";
import type { Answers } from "../answers.ts";
import { auradineCommands } from "../commands/auradine.ts";
import { type Fields, isRecord } from "../decode/reply.ts";
import { defineFamily } from "../family.ts";
import { boardMissing, stoppedFans } from "../faults/fault.ts";
import { hashrate, namedHashrate } from "../read/hashrate.ts";
import { amount, count, greatest, mean } from "../read/number.ts";
import { positive } from "../read/pick.ts";
import { warmCelsius } from "../read/sensors.ts";
import { isTrue, mac, text } from "../read/text.ts";
import { allChips, hottestParts } from "../shapes/antminer-boards.ts";
import { namedFirmware, positiveWatts } from "../shapes/antminer-fields.ts";
import { activePool, ownShares, readPools } from "../shapes/pools.ts";

type View = {
  answers: Answers;
  summary: Fields | undefined;
  mode: Fields | undefined;
  report: Fields | undefined;
  boards: Board[];
  fans: number[] | null;
  pools: Pool[];
};

/**
 * Auradine's Teraflux with FluxOS: a gcminer whose boards count from 1; number 0 is the control board. Each part has a
 * command of its own.
 */
export const auradine = defineFamily<View>({
  id: "auradine",
  title: "Auradine Teraflux, FluxOS",
  make: "Auradine",
  types: ["auradine", "teraflux"],
  transport: "cgminer",
  web: {
    port: 8080,
    factory: { username: "admin", password: "admin" },
    login: {
      request: ({ username, password }) => ({
        method: "POST",
        path: "/token",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ command: "token", user: username, password }),
      }),
      session: ({ text: reply }) => {
        const token = /"Token"\s*:\s*"([^"]+)"/.exec(reply)?.[1];
        return token === undefined ? null : { Token: token };
      },
    },
  },
  claims: ({ text: said }) => /GCMINER|FLUXOS/.test(said),
  live: [
    { command: "version", optional: true },
    { command: "summary" },
    { command: "devs", optional: true },
    { command: "pools" },
    { command: "temperature", optional: true },
    { command: "fan", optional: true },
    { command: "psu", optional: true },
    { command: "mode", optional: true },
    { command: "frequency", optional: true },
    { command: "asccount", optional: true },
    { command: "ipreport", optional: true },
  ],
  identity: [{ command: "devdetails" }],
  view: (answers) => ({
    answers,
    summary: answers.first("summary", "SUMMARY"),
    mode: answers.first("mode", "Mode"),
    report: answers.first("ipreport", "IPReport"),
    boards: boardsOf(answers),
    fans: fansOf(answers),
    pools: readPools(answers.all("pools", "POOLS")),
  }),
  fields: {
    hashrate_ghs: (v) => namedHashrate(v.summary, ["MHS av"]),
    hashrate_5s_ghs: (v) => namedHashrate(v.summary, ["MHS 5s", "MHS 1m"]),
    expected_hashrate_ghs: (v) => (isAsleep(v) ? null : positive(hashrate(v.mode?.Ths, terahashes))),
    temperature_avg: (v) => mean(hottestParts(v.boards)),
    temperature_max: (v) => greatest(hottestParts(v.boards)),
    temperature_chips: (v) => allChips(v.boards),
    fan_speeds: (v) => v.fans,
    frequency_avg: (v) => mean(v.boards.map((board) => board.frequency)),
    accepted_shares: (v) => ownShares(v.pools, "accepted", v.summary?.Accepted),
    rejected_shares: (v) => ownShares(v.pools, "rejected", v.summary?.Rejected),
    hardware_errors: (v) => count(v.summary?.["Hardware Errors"]),
    uptime_seconds: (v) => amount(v.summary?.Elapsed),
    pool_url: (v) => activePool(v.pools)?.url,
    worker_name: (v) => activePool(v.pools)?.worker,
    power_consumption: (v) => inputWatts(v),
    power_source: () => "measured",
    status: statusOf,
    faults: faultsOf,
    boards: (v) => (v.boards.length > 0 ? v.boards : null),
    pools: (v) => (v.pools.length > 0 ? v.pools : null),
    model: (v) => text(v.report?.model) ?? modelOf(v.answers),
    firmware: (v) => namedFirmware("FluxOS", v.report?.version, v.answers.first("version", "VERSION")?.GCMiner),
    mac: (v) => mac(v.report?.mac),
    serial: (v) => text(v.report?.SerialNo ?? v.report?.ChassisSerialNo),
  },
  commands: auradineCommands,
});

const inputWatts = (v: View) => positiveWatts(v.answers.first("psu", "PSU")?.PowerIn);
const isAsleep = (v: View) => isTrue(v.mode?.Sleep);

/** A part's record by its number; 0 is the control board. */
const partOf = (answers: Answers, command: string, section: string, id: number) =>
  answers.all(command, section).find((one) => count(one.ID) === id);

function boardsOf(answers: Answers): Board[] {
  const listed = [...answers.all("devs", "DEVS"), ...answers.all("temperature", "Temperature")];
  const ids = [...new Set(listed.map((one) => count(one.ID)).filter((id) => id !== null && id > 0))];
  const counted = answers.first("asccount", "ASCCount");
  const chips = count(counted?.AsicCount);
  const boards = count(counted?.BoardCount);
  const perBoard = chips !== null && boards !== null && boards > 0 ? Math.round(chips / boards) : null;
  const serials = answers.first("ipreport", "IPReport")?.HBSerialNo;
  return ids
    .toSorted((a, b) => (a ?? 0) - (b ?? 0))
    .flatMap((id): Board[] => {
      if (id === null) return [];
      const device = partOf(answers, "devs", "DEVS", id);
      const heat = partOf(answers, "temperature", "Temperature", id);
      const chipTemperatures = values(heat?.ChipTemp, "Temperature").map(warmCelsius);
      return [
        {
          slot: id,
          hashrate_ghs: namedHashrate(device, ["MHS av", "MHS 5s"]),
          chips: perBoard,
          temperature_board:
            greatest(values(heat?.BoardTemp, "Temperature").map(warmCelsius)) ?? warmCelsius(device?.Temperature),
          temperature_chips: chipTemperatures.some((value) => value !== null) ? chipTemperatures : null,
          frequency: mean(
            values(partOf(answers, "frequency", "Frequency", id)?.ChipFrequency, "Frequency").map(amount),
          ),
          serial: Array.isArray(serials) ? text(serials[id - 1]) : null,
        },
      ];
    });
}

/** The member of each record of a list; nothing where the device puts null instead of the list. */
const values = (list: unknown, member: string): unknown[] =>
  Array.isArray(list) ? list.filter(isRecord).map((one) => one[member]) : [];

function fansOf(answers: Answers): number[] | null {
  const speeds = answers
    .all("fan", "Fan")
    .map((fan) => amount(fan.Speed))
    .filter((speed) => speed !== null);
  return speeds.length > 0 ? speeds : null;
}

function modelOf(answers: Answers): string | null {
  const named = answers.all("devdetails", "DEVDETAILS").map((one) => text(one.Model));
  return named.find((name) => name !== null && /[a-z]/i.test(name)) ?? null;
}

/** A machine that hasn't hashed for so long after its start isn't starting any more. */
const STARTING_SECONDS = 300;

function statusOf(v: View): WorkStatus | null {
  if (isAsleep(v)) return "sleeping";
  const rate = namedHashrate(v.summary, ["MHS 5s", "MHS 1m", "MHS av"]);
  if (rate === null) return null;
  if (rate > 0) return "hashing";
  return (amount(v.summary?.Elapsed) ?? 0) < STARTING_SECONDS ? "starting" : "idle";
}

function faultsOf(v: View): Fault[] | null {
  const devices = v.answers.all("devs", "DEVS");
  if (devices.length === 0 && v.fans === null) return null;
  if (statusOf(v) !== "hashing") return [];
  const dead = devices.filter((one) => /dead|sick|nostart/i.test(text(one.Status) ?? ""));
  return [...dead.map((one) => boardMissing(count(one.ID) ?? 0)), ...stoppedFans(v.fans)];
}
