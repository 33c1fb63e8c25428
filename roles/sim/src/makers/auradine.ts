import { type Control, poolRowsOf } from "../control.ts";
import {
  jsonOf,
  type Maker,
  type Moment,
  NOT_FOUND,
  orderedOverWeb,
  poolSection,
  rowsIn,
  summarySection,
  tokenGuard,
} from "./maker.ts";

const NAME = "GCMiner-2023-05.24-0ce5e7cc";

/** Auradine's FluxOS: reads on 4028, orders on the web with a token. */
export function auradine(control: Control): Maker {
  const guard = tokenGuard(
    {
      path: "/token",
      isRight: (body) => jsonOf(body).user === "admin" && jsonOf(body).password === "admin",
      reply: (token) => ({ body: { STATUS: [{ STATUS: "S" }], Token: [{ Token: token }] } }),
      shows: ({ headers }) => headers.token?.toString(),
    },
    control,
  );
  return { description: NAME, api, web: (call, at) => guard(call) ?? page(call.method, call.path, call.body, at) };
}

function api(command: string, _argument: string, at: Moment) {
  const { state, miner } = at;
  switch (command) {
    case "version":
      return { VERSION: [{ API: "1.0", GCMiner: "0.5" }] };
    case "summary":
      return summarySection(at);
    case "pools":
      return poolSection(at);
    case "devs":
      return {
        DEVS: state.boards.map((board) => ({
          ID: board.slot + 1,
          "MHS 5s": board.now * 1e3,
          Status: "Alive",
          Temperature: board.board,
        })),
      };
    case "fan":
      return { Fan: state.fans.map((Speed, i) => ({ ID: i + 1, Speed })) };
    case "psu":
      return { PSU: [{ PowerIn: `${state.watts}.00W` }] };
    case "mode":
      return { Mode: [modeOf(at)] };
    case "ipreport":
      return {
        IPReport: [
          { SerialNo: miner.who.serial, mac: miner.who.mac, model: miner.model.name, version: miner.model.firmware },
        ],
      };
    default:
      return null;
  }
}

const modeOf = ({ state, miner }: Moment) => ({
  Mode: "custom",
  Power: state.settings.powerLimit ?? miner.model.watts,
  Sleep: state.asleep ? "on" : "off",
  Ths: miner.model.terahashes,
});

const OK = { STATUS: [{ STATUS: "S", Msg: "OK" }] };
const REFUSED = { body: { STATUS: [{ STATUS: "E", Code: 1, Msg: "not possible now" }] } };

function page(method: string, path: string, body: string, at: Moment) {
  const { control, state } = at;
  const order = (...order: Parameters<Control["order"]>) => orderedOverWeb(control.order(...order), OK, REFUSED);
  const asked = jsonOf(body);
  switch (`${method} ${path}`) {
    case "GET /led":
      return { body: { ...OK, LED: [{ Code: state.settings.ledOn ? 3 : 2 }] } };
    case "GET /mode":
      return { body: { ...OK, Mode: [modeOf(at)] } };
    case "POST /restart":
      return order("restart", "reboot");
    case "POST /led":
      return order("led", "none", { ledOn: asked.code === 3 });
    case "POST /updatepools":
      return order("updatepools", "restart", { pools: poolRowsOf(rowsIn(asked.pools)) });
    case "POST /mode":
      if (asked.tune === "power") return order("mode", "restart", { powerLimit: Number(asked.power) });
      return order("mode", "none", { mode: asked.sleep === "on" ? "sleep" : "normal" });
    default:
      return NOT_FOUND;
  }
}
