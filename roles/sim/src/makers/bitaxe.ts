import { type Control, poolRowsOf } from "../control.ts";
import type { PoolRow } from "../miner-state.ts";
import { jsonOf, type Maker, type Moment, NOT_FOUND, orderedOverWeb, poolsOf } from "./maker.ts";

const hostOf = (pool: PoolRow | undefined) => pool?.url.replace(/^\w[\w+]*:\/\//, "").split(":") ?? ["", "0"];

/** AxeOS: one path, no login; new pools are read at the next start. */
export const bitaxe = (): Maker => ({
  web: ({ method, path, body }, at) => {
    switch (`${method} ${path}`) {
      case "GET /":
        return { headers: { "content-type": "text/html" }, body: "<html><title>AxeOS</title></html>" };
      case "GET /api/system/info":
        return { body: infoOf(at) };
      case "POST /api/system/restart":
        return ordered(at.control, "restart", "reboot");
      case "PATCH /api/system":
        return ordered(at.control, "settings", "none", { pools: poolRowsOf(poolsIn(jsonOf(body))) });
      default:
        return NOT_FOUND;
    }
  },
});

const REFUSED = { status: 500, body: { error: "not possible now" } };
const ordered = (control: Control, ...order: Parameters<Control["order"]>) =>
  orderedOverWeb(control.order(...order), { status: "ok" }, REFUSED);

const poolsIn = (asked: Record<string, unknown>): PoolRow[] =>
  (["stratum", "fallbackStratum"] as const)
    .map((prefix) => ({
      url: `stratum+tcp://${asked[`${prefix}URL`]}:${asked[`${prefix}Port`]}`,
      user: String(asked[`${prefix}User`] ?? ""),
      pass: "x",
    }))
    .filter(({ user }) => user !== "");

function infoOf(at: Moment) {
  const { state, miner } = at;
  const [first, second] = poolsOf(at);
  const [host, port] = hostOf(first);
  const [fallback, fallbackPort] = hostOf(second);
  return {
    ASICModel: "BM1370",
    hostname: "bitaxe",
    macAddr: miner.who.mac,
    version: miner.model.firmware,
    hashRate: state.now,
    expectedHashrate: state.rated,
    power: state.watts,
    temp: state.boards[0]?.outlet,
    vrTemp: state.boards[0]?.board,
    frequency: miner.model.mhz,
    coreVoltageActual: 1150,
    fanrpm: state.fans[0] ?? 0,
    fanspeed: 45,
    asicCount: 1,
    uptimeSeconds: state.uptime,
    sharesAccepted: state.accepted,
    sharesRejected: state.rejected,
    stratumURL: host,
    stratumPort: Number(port),
    stratumUser: first?.user ?? "",
    fallbackStratumURL: fallback,
    fallbackStratumPort: Number(fallbackPort),
    fallbackStratumUser: second?.user ?? "",
    isUsingFallbackStratum: 0,
    overheat_mode: 0,
  };
}
