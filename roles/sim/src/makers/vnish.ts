import { type Control, poolRowsOf } from "../control.ts";
import {
  jsonOf,
  type Maker,
  type Moment,
  NOT_FOUND,
  orderedOverWeb,
  poolSection,
  rowsIn,
  tokenGuard,
} from "./maker.ts";

const BASE = "/api/v1/";
const VERSION = "1.2.6";
const OPEN = new Set(["GET summary", "GET info", "GET status", "GET autotune/presets", "POST find-miner"]);
const PRESETS = ["disabled", "1750", "2400", "3010"];

/** VNish: an old Antminer's answers on 4028, REST whose writes want a password first. */
export function vnish(control: Control): Maker {
  const guard = tokenGuard(
    {
      path: `${BASE}unlock`,
      isRight: (body) => jsonOf(body).pw === "admin",
      reply: (token) => ({ body: { token } }),
      shows: ({ headers }) => headers.authorization?.replace(/^Bearer /, ""),
    },
    control,
  );
  return {
    description: "cgminer 4.11.1",
    api,
    web: (call, at) => {
      const name = `${call.method} ${call.path.slice(BASE.length)}`;
      return (OPEN.has(name) ? null : guard(call)) ?? page(name, call.body, at);
    },
  };
}

const stateOf = ({ state }: Moment) => (state.asleep ? "stopped" : state.starting ? "starting" : "mining");

function api(command: string, _argument: string, at: Moment) {
  const { state, miner } = at;
  const head = { Miner: "uart_trans.1.3", Type: `${miner.model.name} (Vnish ${VERSION})` };
  if (command === "version") return { VERSION: [{ API: "3.1", CGMiner: "4.11.1", ...head }] };
  if (command === "pools") return poolSection(at);
  const rates = { Elapsed: state.uptime, "GHS 5s": String(state.now), "GHS av": state.average };
  if (command === "summary")
    return { SUMMARY: [{ ...rates, Accepted: state.accepted, Rejected: state.rejected, "Hardware Errors": 0 }] };
  if (command !== "stats") return null;
  const boards = state.boards.flatMap((board, i) => [
    [`chain_acn${i + 1}`, board.dead ? 0 : board.chips],
    [`chain_rate${i + 1}`, board.now],
    [`temp_pcb${i + 1}`, `${board.inlet}-${board.board}`],
    [`temp_chip${i + 1}`, `${board.inlet}-${board.outlet}`],
    [`freq_avg${i + 1}`, board.mhz],
    [`chain_hw${i + 1}`, board.hardwareErrors],
  ]);
  const fans = state.fans.map((speed, i) => [`fan${i + 1}`, speed]);
  const data = { ...rates, state: stateOf(at), fan_num: state.fans.length, total_rateideal: state.rated };
  return { STATS: [head, { ...data, ...Object.fromEntries([...boards, ...fans]), build_version: VERSION }] };
}

const REFUSED = { status: 400, body: { err: "invalid settings" } };

function page(name: string, body: string, at: Moment) {
  const { state, miner, control } = at;
  const order = (...order: Parameters<Control["order"]>) =>
    orderedOverWeb(control.order(...order), { success: true }, REFUSED);
  switch (name) {
    case "GET summary":
      return {
        body: {
          miner: {
            miner_type: miner.model.name,
            miner_status: { miner_state: stateOf(at) },
            hr_realtime: state.now,
            hr_average: state.average,
            hr_stock: state.rated,
            power_consumption: state.watts,
          },
        },
      };
    case "GET info":
      return {
        body: {
          miner: miner.model.name,
          fw_name: "Vnish",
          fw_version: VERSION,
          serial: miner.who.serial,
          system: { network_status: { mac: miner.who.mac } },
        },
      };
    case "GET status":
      return { body: { miner_state: stateOf(at), find_miner: state.settings.ledOn } };
    case "GET autotune/presets":
      return { body: PRESETS.map((preset) => ({ name: preset, pretty: `${preset} watt`, status: "untuned" })) };
    case "GET settings":
      return { body: { miner: { overclock: { preset: String(state.settings.powerLimit ?? "disabled") } } } };
    case "GET logs/miner":
      return { headers: { "content-type": "text/plain" }, body: `${miner.who.serial} mining\n` };
    case "POST find-miner":
      return order("find-miner", "none", { ledOn: jsonOf(body).on === true });
    case "POST system/reboot":
      return order("reboot", "reboot");
    case "POST mining/restart":
      return order("restart", "restart");
    case "POST mining/stop":
      return order("stop", "none", { mode: "sleep" });
    case "POST mining/start":
      return order("start", "restart", { mode: "normal" });
    case "POST settings":
      return settings(jsonOf(body).miner, order);
    default:
      return NOT_FOUND;
  }
}

function settings(
  miner: unknown,
  order: (...order: Parameters<Control["order"]>) => ReturnType<typeof orderedOverWeb>,
) {
  const { pools, overclock } = { ...(miner as { pools?: unknown; overclock?: { preset?: string } }) };
  if (overclock) return order("preset", "restart", { powerLimit: Number(overclock.preset) });
  const rows = rowsIn(pools).map((row) => ({
    ...row,
    url: row.url.includes("://") ? row.url : `stratum+tcp://${row.url}`,
  }));
  return order("pools", "restart", { pools: poolRowsOf(rows) });
}
