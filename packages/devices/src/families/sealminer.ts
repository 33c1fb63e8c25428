import type { Board, Fault, Pool, WorkStatus } from "@banksman/wire/model";
import type { Answers } from "../answers.ts";
import { sealminerCommands } from "../commands/sealminer.ts";
import type { Fields } from "../decode/reply.ts";
import { defineFamily } from "../family.ts";
import { boardMissing, chipsBad, stoppedFans, toldFault } from "../faults/fault.ts";
import { namedHashrate } from "../read/hashrate.ts";
import { amount, count, firstAmount, greatest, mean } from "../read/number.ts";
import { positive } from "../read/pick.ts";
import { warmCelsius } from "../read/sensors.ts";
import { isTrue, mac, text } from "../read/text.ts";
import { allChips, totalHardwareErrors } from "../shapes/antminer-boards.ts";
import { namedFirmware, positiveWatts } from "../shapes/antminer-fields.ts";
import { activePool, ownShares, readPools } from "../shapes/pools.ts";

type View = {
  stats: Fields | undefined;
  summary: Fields | undefined;
  version: Fields | undefined;
  boards: Board[];
  fans: number[] | null;
  pools: Pool[];
};

/**
 * Bitdeer's SealMiner: bdminer with one flat record in `stats`, whose members begin with a board's or a fan's number.
 * The rates of `summary` jump, those of `stats` don't.
 */
export const sealminer = defineFamily<View>({
  id: "sealminer",
  title: "SealMiner, Bitdeer's firmware",
  make: "SealMiner",
  types: ["sealminer", "bitdeer"],
  transport: "cgminer",
  web: {
    factory: { username: "seal", password: "seal" },
    login: {
      request: ({ username, password }) => ({
        method: "POST",
        path: "/cgi-bin/login.php",
        headers: {
          "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
          "X-Requested-With": "XMLHttpRequest",
        },
        body: new URLSearchParams({ username, origin_pwd: password }).toString(),
      }),
      session: ({ headers }) => {
        const cookie = headers["set-cookie"]?.[0]?.split(";")[0];
        return cookie === undefined ? null : { Cookie: cookie };
      },
    },
  },
  claims: ({ text: said }) => /BDMINER/.test(said),
  live: [{ command: "version", optional: true }, { command: "summary" }, { command: "stats" }, { command: "pools" }],
  identity: [],
  view: sealView,
  fields: {
    hashrate_ghs: (v) => namedHashrate(v.stats, ["MHS(Avg)"]) ?? namedHashrate(v.summary, ["MHS av"]),
    hashrate_5s_ghs: (v) =>
      namedHashrate(v.stats, ["MHS(30s)", "MHS(Sample)", "MHS(1m)"]) ?? namedHashrate(v.summary, ["MHS 5s"]),
    expected_hashrate_ghs: (v) =>
      positive(namedHashrate(v.stats, ["MHS(Rated)"])) ?? namedHashrate(v.stats, ["MHS(Ideal)"]),
    temperature_avg: (v) => mean(allChips(v.boards) ?? []),
    temperature_max: (v) => greatest(allChips(v.boards) ?? []) ?? warmCelsius(v.stats?.Temp),
    temperature_chips: (v) => allChips(v.boards),
    fan_speeds: (v) => v.fans,
    frequency_avg: (v) => positive(firstAmount(v.stats, "Freq")) ?? mean(v.boards.map((board) => board.frequency)),
    accepted_shares: (v) => ownShares(v.pools, "accepted", v.summary?.Accepted),
    rejected_shares: (v) => ownShares(v.pools, "rejected", v.summary?.Rejected),
    hardware_errors: (v) => count(v.summary?.["Hardware Errors"]) ?? totalHardwareErrors(v.boards),
    uptime_seconds: (v) => amount(v.summary?.Elapsed) ?? amount(v.stats?.Elapsed),
    pool_url: (v) => activePool(v.pools)?.url,
    worker_name: (v) => activePool(v.pools)?.worker,
    power_consumption: (v) => positiveWatts(v.stats?.["PSU Input Power"]),
    power_source: () => "measured",
    status: statusOf,
    faults: (v) => (v.stats ? faultsOf(v) : null),
    boards: (v) => (v.boards.length > 0 ? v.boards : null),
    pools: (v) => (v.pools.length > 0 ? v.pools : null),
    model: (v) => text(v.stats?.Model),
    firmware: (v) => namedFirmware("SealMiner", v.stats?.Firmware, v.stats?.["Software Version"], v.version?.BDMiner),
    mac: (v) => mac(v.stats?.MAC),
    serial: (v) => text(v.stats?.["Ctrl Board SN"]),
  },
  commands: sealminerCommands,
});

function sealView(answers: Answers): View {
  const stats = answers.all("stats", "STATS").find((one) => "MHS(Avg)" in one || "Model" in one || "Chip Count" in one);
  const summary = answers.first("summary", "SUMMARY");
  const hashing = (namedHashrate(stats, ["MHS(30s)", "MHS(Sample)"]) ?? 0) > 0;
  return {
    stats,
    summary,
    version: answers.first("version", "VERSION"),
    boards: stats ? boardsOf(stats, hashing) : [],
    fans: stats ? fansOf(stats) : null,
    pools: readPools(answers.all("pools", "POOLS")),
  };
}

const MOST_PARTS = 16;

/** Boards are those numbers with a chip count; `Board Count` says how many there should be. */
function boardsOf(stats: Fields, hashing: boolean): Board[] {
  const slots = Array.from({ length: MOST_PARTS }, (_, slot) => slot).filter((slot) => `${slot} Chip Count` in stats);
  return slots.map((slot): Board => {
    const at = (name: string): unknown => stats[`${slot} ${name}`];
    // Sensors 0 and 1 sit at the inlet, 2 and 3 at the outlet.
    const chips = [0, 1, 2, 3].map((place) => warmCelsius(at(`Temp ${place}`)));
    const online = "Online" in stats || at("Online") !== undefined ? isTrue(at("Online")) : true;
    return {
      slot,
      hashrate_ghs: namedHashrate({ MHS: at("MHS(Sample)") }, ["MHS"]),
      expected_hashrate_ghs: positive(namedHashrate({ MHS: at("MHS(Ideal)") }, ["MHS"])),
      chips: online ? count(at("Chip Count")) : 0,
      chips_bad: hashing ? count(at("Bad Chip Count")) : null,
      temperature_board: null,
      temperature_chips: chips.some((value) => value !== null) ? chips : null,
      frequency: amount(at("Freq")),
      serial: text(at("SN")),
    };
  });
}

/** Fans share their numbers with the boards: `0 Speed`. A water-cooled one has none. */
function fansOf(stats: Fields): number[] | null {
  const speeds = Array.from({ length: MOST_PARTS }, (_, fan) => amount(stats[`${fan} Speed`])).filter(
    (speed) => speed !== null,
  );
  if (isTrue(stats["Liquid Cooling"])) return speeds.filter((speed) => speed > 0);
  return speeds.length > 0 ? speeds : null;
}

const STATES: readonly (readonly [state: RegExp, status: WorkStatus])[] = [
  [/suspend|sleep|standby/, "sleeping"],
  [/overheat|over.?temp/, "overheated"],
  [/boot|start|init|tun|rais/, "starting"],
  [/err|fail|fault/, "fault"],
  [/idle|stop|pause/, "idle"],
];

function statusOf(v: View): WorkStatus | null {
  const state = text(v.stats?.["PM State"])?.toLowerCase() ?? "";
  const told = STATES.find(([mark]) => mark.test(state))?.[1];
  if (told === "sleeping") return told;
  const rate = namedHashrate(v.stats, ["MHS(30s)", "MHS(Sample)"]) ?? namedHashrate(v.summary, ["MHS 5s", "MHS av"]);
  if (rate === null) return told ?? null;
  if (rate > 0) return "hashing";
  return told ?? ((amount(v.summary?.Elapsed) ?? 0) < STARTING_SECONDS ? "starting" : "idle");
}

/** A machine that hasn't hashed for so long after its start isn't starting any more. */
const STARTING_SECONDS = 300;

function faultsOf(v: View): Fault[] {
  const hashing = statusOf(v) === "hashing";
  const boards = v.boards.flatMap(({ slot, chips, chips_bad: bad }) => {
    if (hashing && chips === 0) return [boardMissing(slot)];
    return hashing && bad != null && bad > 0 ? [chipsBad(slot, bad)] : [];
  });
  const codes = (text(v.stats?.["Error Code"], 500) ?? "").split(/[\s,;]+/).filter((code) => code !== "");
  const psu = text(v.stats?.["PSU Error"]);
  return [
    ...codes.map((code) => toldFault(code, "severe", `error ${code}`)),
    ...(psu !== null && !/^0x0*$|^0$/i.test(psu)
      ? [toldFault(`PSU${psu}`, "severe", `power supply error ${psu}`)]
      : []),
    ...boards,
    ...(hashing ? stoppedFans(v.fans) : []),
  ];
}
