import { createHash } from "node:crypto";
import { unseal } from "@banksman/devices";
import { type Answer, type AnswerFunction, HANG } from "@banksman/replay";
import { POOLS } from "../answers/identity.ts";
import { type Control, poolRowsOf, type Verdict } from "../control.ts";
import type { MinerState } from "../miner-state.ts";
import type { SimMiner } from "../roster.ts";

const ACCOUNT = "super";
const PASSWORD = "super";
const SALT = "uhCiDyVj";
/** How far a signature's time may be from the device's own, in seconds. */
const CLOCK_SLACK_S = 30;
const POWER_MODES = ["low", "normal", "high"] as const;

/** A WhatsMiner's API 3: questions for everybody, orders signed with its salt and time. */
export function whatsminerV3(miner: SimMiner, control: Control, now: () => number): AnswerFunction {
  return (request) => {
    if (control.isAway) return null;
    const seconds = Math.floor(now() / 1_000);
    const asked: Record<string, unknown> = { ...JSON.parse(request) };
    const cmd = String(asked.cmd);
    const reply = (code: number, msg: unknown): Answer => JSON.stringify({ code, when: seconds, msg, desc: cmd });
    if (cmd.startsWith("get.")) {
      const state = control.state(miner.model, miner.fate, miner.noise);
      const msg = question(cmd, asked.param, miner, state);
      return msg === undefined ? reply(-1, "invalid command") : reply(0, msg);
    }
    const hash = createHash("sha256").update(`${cmd}${PASSWORD}${SALT}${asked.ts}`).digest();
    const isSigned = asked.account === ACCOUNT && asked.token === hash.toString("base64").slice(0, 8);
    if (!isSigned || control.tokenHasRunOut() || Math.abs(Number(asked.ts) - seconds) > CLOCK_SLACK_S)
      return reply(-2, "invalid token");
    switch (carryOut(cmd, cmd === "set.miner.pools" ? unsealed(hash, asked.param) : asked.param, control)) {
      case "yes":
        return reply(0, "ok");
      case "no":
        return reply(-4, "operation failed");
      case "denied":
        return reply(-2, "invalid token");
      case "silent":
        return HANG;
    }
  };
}

const unsealed = (key: Buffer, param: unknown): unknown => JSON.parse(unseal(key, String(param)) ?? "null");

function carryOut(cmd: string, param: unknown, control: Control): Verdict {
  switch (cmd) {
    case "set.system.reboot":
      return control.order(cmd, "reboot");
    case "set.system.led":
      return control.order(cmd, "none", { ledOn: param !== "auto" });
    case "set.miner.service":
      if (param === "stop") return control.order(cmd, "restart", { mode: "sleep" });
      return control.order(cmd, "restart", param === "start" ? { mode: "normal" } : {});
    case "set.miner.power_mode": {
      const mode = POWER_MODES.find((one) => one === param);
      return mode ? control.order(cmd, "restart", { mode }) : "no";
    }
    case "set.miner.power_limit":
      return control.order(cmd, "restart", { powerLimit: Number(param) });
    case "set.miner.pools": {
      const rows = Array.isArray(param) ? param : [];
      const pools = rows.map((row) => ({ url: row.pool, user: row.worker, pass: row.passwd }));
      return control.order(cmd, "restart", { pools: poolRowsOf(pools) });
    }
    default:
      return "no";
  }
}

/** Undefined for a question it doesn't know. While it sleeps a sentence stands where the figures would. */
function question(cmd: string, param: unknown, miner: SimMiner, state: MinerState): unknown {
  if (cmd === "get.device.info") return param === "salt" ? { salt: SALT } : info(miner, state);
  if (cmd === "get.miner.setting") {
    const { mode, powerLimit } = state.settings;
    return { "power-limit": powerLimit ?? miner.model.watts + 300, "power-mode": mode === "sleep" ? "normal" : mode };
  }
  if (cmd !== "get.miner.status") return undefined;
  if (state.asleep) return "btminer process is down err";
  if (param === "summary") return { summary: summary(miner, state) };
  if (param === "edevs") return { edevs: state.boards.map((board) => edev(board, state)) };
  return param === "pools" ? { pools: pools(miner, state) } : undefined;
}

function info({ model, who }: SimMiner, { asleep, settings }: MinerState) {
  const mode = settings.mode === "sleep" ? 1 : POWER_MODES.indexOf(settings.mode);
  return {
    miner: { type: model.name, working: String(!asleep), "miner-sn": who.serial, "board-num": String(model.boards) },
    network: { mac: who.mac.toUpperCase(), hostname: "WhatsMiner", proto: "dhcp" },
    power: { mode: String(mode), model: "P221B", fanspeed: 6_344 },
    salt: SALT,
    system: { api: "3.0.2", fwversion: model.firmware, ledstatus: settings.ledOn ? "manual" : "auto" },
    "error-code": [],
  };
}

const terahashes = (ghs: number) => Math.round(ghs) / 1_000;

function summary({ model }: SimMiner, state: MinerState) {
  const hottest = Math.max(...state.boards.map((board) => board.outlet));
  const coolest = Math.min(...state.boards.map((board) => board.inlet));
  return {
    elapsed: state.uptime,
    "bootup-time": state.uptime + 90,
    "hash-realtime": terahashes(state.now),
    "hash-average": terahashes(state.average),
    "factory-hash": terahashes(state.rated),
    "chip-temp-avg": (hottest + coolest) / 2,
    "chip-temp-max": hottest,
    "chip-temp-min": coolest,
    "board-temperature": state.boards.map((board) => board.board),
    "environment-temperature": state.ambient,
    "fan-speed-in": state.fans[0] ?? 0,
    "fan-speed-out": state.fans[1] ?? 0,
    "freq-avg": model.mhz,
    "power-realtime": state.watts,
    "power-limit": state.settings.powerLimit ?? model.watts + 300,
    "up-freq-finish": state.starting ? 0 : 1,
  };
}

const edev = (board: MinerState["boards"][number], state: MinerState) => ({
  id: board.slot,
  status: board.dead ? "dead" : "alive",
  "hash-average": terahashes(board.average),
  "hash-realtime": terahashes(board.now),
  "factory-hash": terahashes(state.rated / state.boards.length),
  "chip-temp-avg": (board.inlet + board.outlet) / 2,
  "chip-temp-max": board.outlet,
  "chip-temp-min": board.inlet,
  "effective-chips": board.dead ? 0 : board.chips,
  freq: board.mhz,
});

function pools({ who }: SimMiner, { settings, starting }: MinerState) {
  const rows = settings.pools ?? POOLS.map((url) => ({ url, user: who.worker }));
  return rows
    .filter((row) => row.url !== "")
    .map((row, index) => ({
      account: row.user,
      url: row.url,
      "pool-priority": index,
      status: "alive",
      "stratum-active": index === 0 && !starting,
    }));
}
