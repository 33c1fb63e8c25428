import { createHash, randomBytes } from "node:crypto";
import type { HttpAnswer, HttpCall } from "@banksman/replay";
import { POOLS } from "../answers/identity.ts";
import { type Control, poolRowsOf, type Verdict } from "../control.ts";
import type { PoolRow, Settings } from "../miner-state.ts";
import type { SimMiner } from "../roster.ts";

const LOGIN = { username: "root", password: "root" };
/** A nonce serves so many requests; after that the next one is asked for as `stale`. */
const USES_OF_NONCE = 50;
const MODES = ["normal", "sleep", "high", "low"] as const;

/** The web server of a stock Antminer: its CGI pages behind digest authentication. Others took it over under their realm. */
export function antminerWeb(
  control: Control,
  realm = "antMiner Configuration",
): (call: HttpCall, miner: SimMiner) => HttpAnswer {
  let nonce = randomBytes(16).toString("hex");
  let uses = 0;
  return (call, miner) => {
    if (control.isAway) return { fault: "refuse" };
    const known = isSigned(call, nonce, realm) && !control.turnsAway;
    const runsOut = known && call.method === "POST" && control.tokenHasRunOut();
    if (!known || runsOut || ++uses > USES_OF_NONCE) {
      const stale = known ? ", stale=true" : "";
      nonce = randomBytes(16).toString("hex");
      uses = 0;
      const challenge = `Digest realm="${realm}", nonce="${nonce}", qop="auth"${stale}`;
      return { status: 401, headers: { "www-authenticate": challenge }, body: "Unauthorized" };
    }
    return page(call, miner, control);
  };
}

/** RFC 7616 with MD5 and qop=auth, which is all that these servers know. */
function isSigned({ method, path, headers }: HttpCall, nonce: string, realm: string): boolean {
  const header = headers.authorization ?? "";
  const part = (name: string) => new RegExp(`\\b${name}="?([^",]*)"?`).exec(header)?.[1] ?? "";
  const md5 = (text: string) => createHash("md5").update(text).digest("hex");
  const secret = md5(`${LOGIN.username}:${realm}:${LOGIN.password}`);
  const expected = md5(`${secret}:${nonce}:${part("nc")}:${part("cnonce")}:auth:${md5(`${method}:${path}`)}`);
  return part("nonce") === nonce && part("uri") === path && part("response") === expected;
}

function page(call: HttpCall, miner: SimMiner, control: Control): HttpAnswer {
  const { who, model } = miner;
  switch (call.path) {
    case "/":
      return { headers: { "content-type": "text/html" }, body: "<html><title>Ant Miner</title></html>" };
    case "/cgi-bin/get_system_info.cgi":
      return {
        body: {
          minertype: model.name,
          nettype: "DHCP",
          macaddr: who.mac.toUpperCase(),
          hostname: "Antminer",
          system_filesystem_version: model.firmware,
          firmware_type: "Release",
          serinum: who.serial,
        },
      };
    case "/cgi-bin/get_miner_conf.cgi":
      return { body: confOf(miner, control.settings) };
    case "/cgi-bin/get_blink_status.cgi":
      return { body: { blink: control.settings.ledOn } };
    case "/cgi-bin/log.cgi":
      return {
        headers: { "content-type": "text/plain" },
        body: `${who.serial} booting\nchain[0] found ${model.chips} asic\n`,
      };
    case "/cgi-bin/set_miner_conf.cgi":
    case "/cgi-bin/reboot.cgi":
    case "/cgi-bin/blink.cgi":
      return ordered(call, control);
    default:
      return { status: 404, headers: { "content-type": "text/html" }, body: "404 Not Found" };
  }
}

function ordered(call: HttpCall, control: Control): HttpAnswer {
  if (call.path === "/cgi-bin/reboot.cgi") return told(control.order("reboot", "reboot"), { stats: "success" });
  const body: Record<string, unknown> = JSON.parse(call.body);
  if (call.path === "/cgi-bin/blink.cgi") {
    const ledOn = String(body.blink) === "true";
    return told(control.order("blink", "none", { ledOn }), { code: ledOn ? "B000" : "B100" });
  }
  const pools = Array.isArray(body.pools) ? body.pools : [];
  const mode = MODES[Number(body["miner-mode"] ?? body["bitmain-work-mode"])];
  if (pools.length === 0 || mode === undefined) return { body: { stats: "error", code: "M001", msg: "Invalid pool!" } };
  return told(control.order("set_miner_conf", "restart", { pools: poolRowsOf(pools), mode }), {
    stats: "success",
    code: "M000",
    msg: "OK!",
  });
}

function told(verdict: Verdict, success: unknown): HttpAnswer {
  switch (verdict) {
    case "yes":
      return { body: success };
    case "silent":
      return { fault: "hang" };
    case "no":
      return { body: { stats: "error", code: "M001", msg: "Invalid pool!" } };
    case "denied":
      return { status: 401, body: "Unauthorized" };
  }
}

function confOf({ who }: SimMiner, { pools, mode }: Settings) {
  const rows: readonly PoolRow[] = pools ?? POOLS.map((url) => ({ url, user: who.worker, pass: "123" }));
  return {
    pools: rows,
    "api-listen": true,
    "api-network": true,
    "api-groups": "A:stats:pools:devs:summary:version",
    "api-allow": "A:0/0,W:*",
    "bitmain-fan-ctrl": false,
    "bitmain-fan-pwm": "100",
    "bitmain-freq": "490",
    "bitmain-work-mode": String(MODES.indexOf(mode)),
    "bitmain-freq-level": "100",
  };
}
