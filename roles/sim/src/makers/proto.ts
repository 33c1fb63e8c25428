import { type Control, poolRowsOf } from "../control.ts";
import { jsonOf, type Maker, type Moment, NOT_FOUND, orderedOverWeb, poolsOf, rowsIn, tokenGuard } from "./maker.ts";

const BASE = "/api/v1/";

/** A Proto Rig: REST alone; reads are open, orders want a token. */
export function proto(control: Control): Maker {
  const guard = tokenGuard(
    {
      path: `${BASE}auth/login`,
      isRight: (body) => jsonOf(body).password === "admin",
      reply: (token) => ({ body: { access_token: token } }),
      shows: ({ headers }) => headers.authorization?.replace(/^Bearer /, ""),
    },
    control,
  );
  return {
    web: (call, at) => {
      if (call.path === "/") return { headers: { "content-type": "text/html" }, body: "<title>Proto OS</title>" };
      const name = call.path.slice(BASE.length);
      return call.method === "GET" ? read(name, at) : (guard(call) ?? ordered(call.method, name, call.body, at));
    },
  };
}

function read(name: string, at: Moment) {
  const { state, miner } = at;
  const { who, model } = miner;
  const bodies: Record<string, unknown> = {
    system: {
      "system-info": { product_name: model.name, cb_sn: who.serial, os: { name: "ProtoOS", version: model.firmware } },
    },
    mining: {
      "mining-status": {
        status: state.asleep ? "Stopped" : "Mining",
        hashrate_ghs: state.now,
        average_hashrate_ghs: state.average,
        ideal_hashrate_ghs: state.rated,
        mining_uptime_s: state.uptime,
        power_usage_watts: state.watts,
        hw_errors: state.hardwareErrors,
      },
    },
    telemetry: {
      hashboards: state.boards.map((board) => ({
        index: board.slot,
        hashrate: { value: board.now / 1e3, unit: "TH/s" },
        temperature: { average: board.board, inlet: board.inlet, outlet: board.outlet },
      })),
    },
    pools: {
      pools: poolsOf(at).map(({ url, user }, priority) => ({
        url,
        user,
        priority,
        status: priority === 0 ? "Active" : "Alive",
        accepted: priority === 0 ? state.accepted : 0,
        rejected: 0,
      })),
    },
    cooling: { "cooling-status": { fans: state.fans.map((rpm, i) => ({ slot: i + 1, rpm })) } },
    hardware: { "hardware-info": { "cb-info": { serial_number: who.serial } } },
    network: { "network-info": { mac: who.mac } },
    errors: [],
    "mining/target": { power_target_watts: state.settings.powerLimit ?? model.watts },
    "system/logs": { logs: { content: [`${who.serial} mining`] } },
  };
  return name in bodies ? { body: JSON.stringify(bodies[name]) } : NOT_FOUND;
}

const REFUSED = { status: 409, body: { error: "not possible now" } };

function ordered(method: string, name: string, body: string, { control }: Moment) {
  const order = (...order: Parameters<Control["order"]>) =>
    orderedOverWeb(control.order(...order), { message: "ok" }, REFUSED);
  switch (`${method} ${name}`) {
    case "POST system/reboot":
      return order("reboot", "reboot");
    case "POST system/locate":
      return order("locate", "none", { ledOn: true });
    case "POST mining/stop":
      return order("stop", "none", { mode: "sleep" });
    case "POST mining/start":
      return order("start", "restart", { mode: "normal" });
    case "POST pools":
      return order("pools", "restart", { pools: poolRowsOf(rowsIn(JSON.parse(body))) });
    case "PUT mining/target":
      return order("target", "none", { powerLimit: Number(jsonOf(body).power_target_watts) });
    default:
      return NOT_FOUND;
  }
}
