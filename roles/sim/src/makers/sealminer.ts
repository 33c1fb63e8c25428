import { answer } from "../answers/template.ts";
import { type Control, poolRowsOf } from "../control.ts";
import {
  jsonOf,
  type Maker,
  type Moment,
  NOT_FOUND,
  orderedOverApi,
  orderedOverWeb,
  poolSection,
  rowsIn,
  summarySection,
  tokenGuard,
} from "./maker.ts";

const NAME = "bdminer 4.11.1";
const MODES = { low: 0, normal: 2, high: 3, sleep: 2 } as const;

/** SealMiner: bdminer on 4028, PHP pages behind a form and a cookie. */
export function sealminer(control: Control): Maker {
  const guard = tokenGuard(
    {
      path: "/cgi-bin/login.php",
      isRight: (body) => body === "username=seal&origin_pwd=seal",
      reply: (token) => ({ headers: { "set-cookie": `PHPSESSID=${token}; path=/` }, body: { status: "ok" } }),
      shows: ({ headers }) => /PHPSESSID=(\w+)/.exec(headers.cookie ?? "")?.[1],
    },
    control,
  );
  return { description: NAME, api, web: (call, at) => guard(call) ?? page(call.method, call.path, call.body, at) };
}

function api(command: string, argument: string, at: Moment) {
  const { control, whenS } = at;
  const told = (...order: Parameters<Control["order"]>) => orderedOverApi(control.order(...order), {}, NAME, whenS);
  switch (command) {
    case "version":
      return { VERSION: [{ API: "3.7", BDMiner: "4.11.1" }] };
    case "summary":
      return summarySection(at);
    case "stats":
      return { STATS: [statsOf(at)] };
    case "pools":
      return poolSection(at);
    case "restart": {
      const ordered = told("restart", "restart", { mode: "normal" });
      return ordered.wire === answer(118, "OK", NAME, whenS, {}) ? { wire: '{"STATUS":"RESTART"}' } : ordered;
    }
    case "updatepools":
      return told("updatepools", "none", { pools: poolRowsOf(rowsIn(jsonOf(argument).pools)) });
    case "ascset": {
      const [, name, value] = /^0,(\w+),?(.*)$/.exec(argument) ?? [];
      if (name === "suspend") return told("suspend", "none", { mode: "sleep" });
      return name === "powerlimit"
        ? told("powerlimit", "none", { powerLimit: Number(jsonOf(value ?? "").value) })
        : null;
    }
    default:
      return null;
  }
}

function statsOf({ state, miner }: Moment) {
  const boards = state.boards.flatMap(({ slot, now, rated, chips, inlet, outlet, mhz }) => [
    [`${slot} Chip Count`, chips],
    [`${slot} Bad Chip Count`, 0],
    [`${slot} Online`, true],
    [`${slot} MHS(Sample)`, now * 1e3],
    [`${slot} MHS(Ideal)`, rated * 1e3],
    [`${slot} Freq`, mhz],
    [`${slot} Temp 0`, inlet],
    [`${slot} Temp 2`, outlet],
  ]);
  const fans = state.fans.map((speed, i) => [`${i} Speed`, speed]);
  return {
    Model: miner.model.name,
    Firmware: miner.model.firmware,
    MAC: miner.who.mac,
    "Ctrl Board SN": miner.who.serial,
    "PM State": state.asleep ? "Suspended" : "Running",
    "MHS(Avg)": state.average * 1e3,
    "MHS(30s)": state.now * 1e3,
    "MHS(Rated)": state.rated * 1e3,
    "PSU Input Power": state.watts,
    "Power Limit": state.settings.powerLimit ?? miner.model.watts,
    ...Object.fromEntries([...boards, ...fans]),
  };
}

const REFUSED = { status: 500, body: { error: "not possible now" } };

function page(method: string, path: string, body: string, { control, state, miner }: Moment) {
  const order = (...order: Parameters<Control["order"]>) =>
    orderedOverWeb(control.order(...order), { status: "ok" }, REFUSED);
  switch (`${method} ${path}`) {
    case "GET /cgi-bin/get_system_info.php":
      return {
        body: {
          miner_type: miner.model.name,
          miningMode: String(MODES[state.settings.mode]),
          low_power: 0,
          normal: 2,
          high_performance: 3,
          led: state.settings.ledOn ? "on" : "off",
        },
      };
    case "GET /cgi-bin/reboot.php":
      return order("reboot", "reboot");
    case "POST /cgi-bin/led_conf.php":
      return order("led_conf", "none", { ledOn: jsonOf(body).value === "on" });
    case "POST /cgi-bin/set_mining_mode.php": {
      const mode = (["low", "normal", "high"] as const).find((name) => MODES[name] === jsonOf(body).miningMode);
      return order("set_mining_mode", "restart", mode ? { mode } : {});
    }
    default:
      return NOT_FOUND;
  }
}
