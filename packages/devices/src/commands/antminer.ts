import type { Mode, ModeOrder, PoolSetting } from "@banksman/wire/model";
import { type Fields, isRecord } from "../decode/reply.ts";
import {
  type Before,
  type Commands,
  type Message,
  poolsAsRead,
  rawCgminer,
  type Told,
  web,
} from "../orders/command.ts";
import { objectionOf } from "../orders/errand.ts";
import { count } from "../read/number.ts";
import { text } from "../read/text.ts";

const CONF = web.get("/cgi-bin/get_miner_conf.cgi");
/** What `miner-mode` and `bitmain-work-mode` mean; high and low exist on some models only. */
const MODES: readonly Mode[] = ["normal", "sleep", "high", "low"];
const POOLS = 3;
/** Some firmwares refuse a worker without a password. */
const SOME_PASSWORD = "x";

/**
 * Orders to Bitmain's own firmware, over its web server with digest authentication: 4028 is closed to writes as
 * delivered. `set_miner_conf` writes the whole file anew and restarts hashing, so that it starts from the device's own
 * copy and is spared where nothing would change.
 */
export const antminerCommands: Commands = {
  reboot: {
    send: () => [web.post("/cgi-bin/reboot.cgi")],
    objection: cgiObjection,
    // Before 2019 only GET was served; a 404 or 405 proves that nothing was done.
    instead: ({ reply }) => (reply.code === 404 || reply.code === 405 ? [web.get("/cgi-bin/reboot.cgi")] : []),
  },
  locate: {
    send: (on) => [web.post("/cgi-bin/blink.cgi", { blink: String(on) })],
    objection: cgiObjection,
    check: {
      ask: [web.get("/cgi-bin/get_blink_status.cgi")],
      shows: ([status], on) => String(status?.reply.body.blink) === String(on),
    },
  },
  pools_get: poolsAsRead,
  pools_set: {
    first: [CONF],
    send: (pools, before) => {
      const conf = confOf(before);
      const wanted = withPools(conf, pools);
      return isSameList(conf.pools, wanted) ? [] : [write(conf, { pools: wanted })];
    },
    objection: cgiObjection,
  },
  mode_get: { ask: [CONF], read: ([conf]) => (conf?.reply.ok ? modeOf(conf.reply.body) : null) },
  mode_set: {
    first: [CONF],
    send: (asked, before) => {
      const conf = confOf(before);
      const mode = modeAsked(asked);
      return modeOf(conf) === mode ? [] : [write(conf, modeMembers(MODES.indexOf(mode)))];
    },
    objection: cgiObjection,
  },
  restart_hashing: { first: [CONF], send: (_, before) => [write(confOf(before), {})], objection: cgiObjection },
  logs: { ask: [web.get("/cgi-bin/log.cgi")], read: ([log]) => (log?.reply.ok ? log.text : null) },
  raw: rawCgminer,
};

const { reboot, locate, pools_get, pools_set, raw } = antminerCommands;
/** Hammer's web server has the same pages; no mode of its but the usual one is known. */
export const hammerCommands: Commands = { reboot, locate, pools_get, pools_set, raw };

/** The device doesn't tell what it did before it slept: it wakes to normal. */
const modeAsked = (asked: ModeOrder): Mode => (asked === "wake" ? "normal" : asked);

const confOf = ({ told }: Before): Fields => told[0]?.reply.body ?? {};

function modeOf(conf: Fields): Mode | null {
  const number = count(conf["miner-mode"] ?? conf["bitmain-work-mode"]);
  return number === null ? null : (MODES[number] ?? null);
}

/** Firmwares read one name or the other; whichever it is, both are sent. */
const modeMembers = (mode: number): Fields => ({ "miner-mode": mode, "bitmain-work-mode": String(mode) });

/** The device's own copy with what changes, and the names under which the form sends what the file calls otherwise. */
function write(conf: Fields, changes: Fields): Message {
  const mode = count(conf["miner-mode"] ?? conf["bitmain-work-mode"]) ?? 0;
  const level = text(conf["freq-level"] ?? conf["bitmain-freq-level"]) ?? "100";
  return web.post("/cgi-bin/set_miner_conf.cgi", { ...conf, ...modeMembers(mode), "freq-level": level, ...changes });
}

type PoolRow = { url: string; user: string; pass: string };

function rowsOf(conf: Fields): PoolRow[] {
  const rows = Array.isArray(conf.pools) ? conf.pools.filter(isRecord) : [];
  return rows.map(({ url, user, pass }) => ({
    url: String(url ?? ""),
    user: String(user ?? ""),
    pass: String(pass ?? ""),
  }));
}

/** Three rows, as the device always has; one that stays keeps its password where none is given. */
function withPools(conf: Fields, pools: readonly PoolSetting[]): PoolRow[] {
  const old = rowsOf(conf);
  return Array.from({ length: POOLS }, (_, index) => {
    const pool = pools[index];
    if (!pool) return { url: "", user: "", pass: "" };
    const same = old.find((row) => row.url === pool.url && row.user === pool.worker);
    return { url: pool.url, user: pool.worker, pass: pool.password ?? same?.pass ?? SOME_PASSWORD };
  });
}

const isSameList = (had: unknown, wanted: readonly PoolRow[]): boolean =>
  JSON.stringify(rowsOf({ pools: had })) === JSON.stringify(wanted);

/** `{"stats":"error","code":"M001","msg":"Invalid pool!"}` comes with status 200; a reboot may answer anything. */
function cgiObjection(told: Told): string | null {
  const { body, ok } = told.reply;
  if (!ok) return objectionOf(told);
  if (String(body.stats).toLowerCase() !== "error") return null;
  return `${text(body.msg) ?? "error"} (${text(body.code) ?? "no code"})`;
}
