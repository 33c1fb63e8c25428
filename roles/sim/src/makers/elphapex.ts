import { digestGuard } from "@banksman/replay";
import { type Control, poolRowsOf } from "../control.ts";
import { jsonOf, type Maker, type Moment, NOT_FOUND, orderedOverWeb, poolsOf } from "./maker.ts";

const LOGIN = { realm: "Daoge", username: "root", password: "root" };

/** Elphapex: CGI pages behind digest authentication; chip temperatures in thousandths, clocks in kHz. */
export function elphapex(control: Control): Maker {
  const guard = digestGuard(LOGIN);
  return {
    web: (call, at) => {
      const refused = guard(call);
      if (refused) return refused;
      const name = call.path.replace(/^\/cgi-bin\/|\.cgi$/g, "");
      if (control.turnsAway && !READS.has(name)) return { status: 401, body: "Unauthorized" };
      return page(name, call.body, at);
    },
  };
}

const READS = new Set(["get_system_info", "stats", "pools", "summary", "get_miner_conf", "get_blink_status"]);
const REFUSED = { body: { stats: "error", code: "M001", msg: "not possible now" } };

function page(name: string, body: string, at: Moment) {
  const { state, miner, control } = at;
  const order = (...order: Parameters<Control["order"]>) =>
    orderedOverWeb(control.order(...order), { stats: "success", code: "M000", msg: "OK!" }, REFUSED);
  const INFO = { type: miner.model.name, miner_version: miner.model.firmware, dev_sn: miner.who.serial };
  const asked = jsonOf(body);
  switch (name) {
    case "get_system_info":
      return { body: { minertype: miner.model.name, macaddr: miner.who.mac, Algorithm: "Scrypt" } };
    case "stats":
      return { body: { STATUS: { STATUS: "S" }, INFO, STATS: [statsOf(at)] } };
    case "pools":
      return {
        body: {
          STATUS: { STATUS: "S" },
          INFO,
          POOLS: poolsOf(at).map((pool, index) => poolOf(pool, index, state.accepted)),
        },
      };
    case "summary":
      return {
        body: {
          STATUS: { STATUS: "S" },
          INFO,
          SUMMARY: [{ status: [{ type: "rate", status: "s", code: 0, msg: "" }] }],
        },
      };
    case "get_miner_conf":
      return { body: { algo: "ltc", "fc-work-mode": state.asleep ? 1 : 0, pools: poolsOf(at) } };
    case "get_blink_status":
      return { body: { blink: state.settings.ledOn } };
    case "blink":
      return order("blink", "none", { ledOn: asked.blink === "true" });
    case "reboot":
      return order("reboot", "reboot");
    case "set_miner_conf": {
      const rows = [0, 1, 2].map((i) => ({
        url: text(asked[`pool${i}url`]),
        user: text(asked[`pool${i}user`]),
        pass: text(asked[`pool${i}pw`]),
      }));
      return order("set_miner_conf", "restart", { pools: poolRowsOf(rows.filter(({ url }) => url !== "")) });
    }
    default:
      return NOT_FOUND;
  }
}

const text = (value: unknown) => String(value ?? "");

/** Scrypt machines tell MH/s; the state has GH/s. */
const statsOf = ({ state }: Moment) => ({
  elapsed: state.uptime,
  rate_unit: "MH/s",
  rate_5s: state.now * 1e3,
  rate_avg: state.average * 1e3,
  rate_ideal: state.rated * 1e3,
  fan_num: state.fans.length,
  fan: state.fans.map(String),
  chain: state.boards.map(({ slot, now, rated, chips, mhz, inlet, outlet, board, hardwareErrors }) => ({
    index: slot,
    rate_real: now * 1e3,
    rate_ideal: rated * 1e3,
    asic_num: chips,
    asic: "o".repeat(chips),
    freq_avg: mhz * 1e3,
    temp_chip: [String(inlet * 1e3), String(outlet * 1e3)],
    temp_pcb: [board, board],
    hw: hardwareErrors,
    sn: `HB${slot}`,
  })),
});

const poolOf = ({ url, user }: { url: string; user: string }, index: number, accepted: number) => ({
  index,
  url,
  user,
  status: "Alive",
  priority: index,
  accepted: index === 0 ? accepted : 0,
  rejected: 0,
  stale: 0,
});
