import { type Commands, poolsAsRead, type Told, web } from "../orders/command.ts";
import { rawWeb } from "../orders/usual.ts";
import { isTrue } from "../read/text.ts";
import { CGI } from "../shapes/cgi.ts";

const CONF = web.get(CGI.conf);

/**
 * Orders to Elphapex over its web server, with digest authentication. The configuration is written whole: it starts from
 * the device's own copy, and pools go in members of their own.
 */
export const elphapexCommands: Commands = {
  reboot: { send: () => [web.get("/cgi-bin/reboot.cgi")], objection },
  locate: {
    send: (on) => [web.post("/cgi-bin/blink.cgi", { blink: String(on) })],
    objection,
    check: {
      ask: [web.get("/cgi-bin/get_blink_status.cgi")],
      shows: ([status], on) => isTrue(status?.reply.body.blink) === on,
    },
  },
  pools_get: poolsAsRead,
  pools_set: {
    first: [CONF],
    send: (pools, { told }) => {
      const { pools: _old, ...conf } = told[0]?.reply.body ?? {};
      const rows = pools.flatMap(({ url, worker, password }, i) => [
        [`pool${i}url`, url],
        [`pool${i}user`, worker],
        [`pool${i}pw`, password ?? "x"],
      ]);
      return [web.post("/cgi-bin/set_miner_conf.cgi", { ...conf, ...Object.fromEntries(rows) })];
    },
    objection,
  },
  raw: rawWeb,
};

/** `{"stats":"error","msg":"…"}` comes with status 200. */
function objection({ reply }: Told): string | null {
  if (!reply.ok) return reply.message ?? "refused";
  return String(reply.body.stats).toLowerCase() === "error" ? String(reply.body.msg ?? "error") : null;
}
