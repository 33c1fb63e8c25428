import type { Control } from "../control.ts";
import { poolRowsOf } from "../control.ts";
import {
  jsonOf,
  type Maker,
  NOT_FOUND,
  orderedOverWeb,
  poolSection,
  poolsOf,
  rowsIn,
  summarySection,
  tokenGuard,
} from "./maker.ts";

const BASE = "/api/v1/";
const perSecond = (ghs: number) => ({ gigahash_per_second: ghs });

/** Braiins OS of 2025: BOSer on 4028, REST behind a token. */
export function braiins(control: Control): Maker {
  const guard = tokenGuard(
    {
      path: `${BASE}auth/login`,
      isRight: (body) => jsonOf(body).username === "root" && jsonOf(body).password === "root",
      reply: (token) => ({ body: { token, timeout_s: 3600 } }),
      shows: ({ headers }) => headers.authorization,
    },
    control,
  );
  return {
    description: "BOSer boser-buildroot 0.1.0-75912fc7",
    api: (command, _argument, at) => {
      if (command === "version") return { VERSION: [{ API: "3.7", BOSer: "boser-buildroot 0.1.0-75912fc7" }] };
      if (command === "summary") return summarySection(at);
      return command === "pools" ? poolSection(at) : null;
    },
    web: (call, at) => guard(call) ?? page(call.method, call.path.slice(BASE.length), call.body, at),
  };
}

type At = Parameters<NonNullable<Maker["web"]>>[1];
const REFUSED = { status: 400, body: { message: "constraints violated" } };

function page(method: string, name: string, body: string, at: At) {
  const { state, miner, control } = at;
  const order = (...order: Parameters<Control["order"]>) => orderedOverWeb(control.order(...order), {}, REFUSED);
  switch (`${method} ${name}`) {
    case "GET miner/details":
      return { body: detailsOf(at) };
    case "GET miner/stats":
      return {
        body: {
          miner_stats: {
            real_hashrate: { last_5s: perSecond(state.now), since_restart: perSecond(state.average) },
            nominal_hashrate: perSecond(state.rated),
          },
          pool_stats: { accepted_shares: state.accepted, rejected_shares: state.rejected },
          power_stats: { approximated_consumption: { watt: state.watts } },
        },
      };
    case "GET cooling/state":
      return { body: { fans: state.fans.map((rpm, position) => ({ position, rpm })) } };
    case "GET pools":
      return { body: [{ name: "Default", pools: poolsOf(at).map((pool, i) => poolOf(pool, i, state.accepted)) }] };
    case "GET actions/locate":
      return { body: JSON.stringify(state.settings.ledOn) };
    case "GET configuration/miner":
      return { body: { tuner: { power_target: { watt: state.settings.powerLimit } } } };
    case "GET miner/log/bosminer":
      return { headers: { "content-type": "text/plain" }, body: `${miner.who.serial} bosminer started\n` };
    case "PUT actions/reboot":
      return order("reboot", "reboot");
    case "PUT actions/restart":
      return order("restart", "restart");
    case "PUT actions/pause":
      return order("pause", "none", { mode: "sleep" });
    case "PUT actions/resume":
      return order("resume", "restart", { mode: "normal" });
    case "PUT actions/locate":
      return order("locate", "none", { ledOn: body === "true" });
    case "PUT pools/batch":
      return order("pools", "restart", {
        pools: poolRowsOf(rowsIn((JSON.parse(body) as { pools: unknown }[])[0]?.pools)),
      });
    case "PUT performance/power-target":
      return order("power-target", "restart", { powerLimit: Number(jsonOf(body).watt) });
    default:
      return NOT_FOUND;
  }
}

const detailsOf = ({ state, miner }: At) => ({
  bos_version: { current: `2025-11-21-0-eb658dcd-25.11-plus` },
  miner_identity: { name: miner.model.name },
  mac_address: miner.who.mac,
  serial_number: miner.who.serial,
  bosminer_uptime_s: state.uptime,
  status: state.asleep ? 3 : 2,
});

const poolOf = ({ url, user }: { url: string; user: string }, index: number, accepted: number) => ({
  url,
  user,
  active: index === 0,
  alive: true,
  enabled: true,
  stats: { accepted_shares: index === 0 ? accepted : 0, rejected_shares: 0, stale_shares: 0 },
});
