import { type Control, poolRowsOf } from "../control.ts";
import { jsonOf, type Maker, type Moment, NOT_FOUND, orderedOverWeb, poolsOf, rowsIn } from "./maker.ts";

const PASSWORD = "letmein";

/** ePIC's PowerPlay: HTTP where others have the cgminer API; every write has the password inside. */
export const epic = (): Maker => ({
  webOnApiPort: true,
  web: ({ method, path, body }, at) => (method === "GET" ? page(path, at) : ordered(path, body, at)),
});

function page(path: string, at: Moment) {
  const { state, miner } = at;
  switch (path) {
    case "/":
      return { headers: { "content-type": "text/html" }, body: "<html><title>Miner Web Dashboard</title></html>" };
    case "/summary":
      return { body: summaryOf(at) };
    case "/capabilities":
      return {
        body: {
          Model: miner.model.name,
          "Default Hashrate": miner.model.terahashes,
          "Miner Serial Number": miner.who.serial,
          "Performance Estimator": { "Chip Count": miner.model.chips },
        },
      };
    case "/temps":
      return { body: state.boards.map(({ slot, inlet, outlet }) => ({ Index: slot, Data: [inlet, outlet] })) };
    case "/network":
      return { body: { dhcp: { mac_address: miner.who.mac } } };
    case "/log":
      return { headers: { "content-type": "text/plain" }, body: `${miner.who.serial} mining\n` };
    default:
      return NOT_FOUND;
  }
}

const summaryOf = (at: Moment) => {
  const { state } = at;
  return {
    Software: "PowerPlay-BMS v1.5.13",
    Status: {
      "Operating State": state.asleep ? "Idling" : state.starting ? "Initializing" : "Mining",
      "Last Error": null,
    },
    Session: {
      "Average MHs": state.average * 1e3,
      Accepted: state.accepted,
      Rejected: state.rejected,
      Uptime: state.uptime,
    },
    HBStatus: state.boards.map(({ slot }) => ({ Index: slot, Detected: true, Enabled: true })),
    HBs: state.boards.map(({ slot, now, mhz, board }) => ({
      Index: slot,
      Hashrate: [now * 1e3, 100, 0.4],
      "Core Clock Avg": mhz,
      "Input Voltage": 12.6,
      Temperature: board,
    })),
    "Fans Rpm": Object.fromEntries(state.fans.map((rpm, i) => [`Fans Speed ${i + 1}`, rpm])),
    "Power Supply Stats": { "Input Power": state.watts },
    Mining: { Coin: "BTC", Algorithm: "SHA-256" },
    Misc: { "Locate Miner State": state.settings.ledOn },
    Stratum: { "Current Pool": poolsOf(at)[0]?.url.replace(/^\w[\w+]*:\/\//, ""), IsPoolConnected: true },
    StratumConfigs: poolsOf(at).map(({ url, user, pass }) => ({ pool: url, login: user, password: pass })),
  };
};

const REFUSED = { body: { result: false, error: "not possible now" } };

function ordered(path: string, body: string, { control }: Moment) {
  const { param, password } = jsonOf(body);
  if (password !== PASSWORD || control.turnsAway) return { body: { result: false, error: "Incorrect password" } };
  const order = (...order: Parameters<Control["order"]>) =>
    orderedOverWeb(control.order(...order), { result: true }, REFUSED);
  switch (path) {
    case "/reboot":
      return order("reboot", "reboot");
    case "/identify":
      return order("identify", "none", { ledOn: param === true });
    case "/miner":
      return order("miner", param === "Stop" ? "none" : "restart", { mode: param === "Stop" ? "sleep" : "normal" });
    case "/coin":
      return order("coin", "restart", {
        pools: poolRowsOf(rowsIn((param as { stratum_configs?: unknown }).stratum_configs)),
      });
    default:
      return NOT_FOUND;
  }
}
