import type { PoolSetting } from "@banksman/wire/model";
import { type Commands, poolsAsRead, web } from "../orders/command.ts";
import { OrderErrors } from "../orders/errors.ts";
import { addressOf, rawWeb } from "../orders/usual.ts";

const SYSTEM = "/api/system";
const RESTART = web.post(`${SYSTEM}/restart`);

/** The members of one pool: host, port and user apart; a password only where one is given. */
function poolMembers(prefix: "stratum" | "fallbackStratum", { url, worker, password }: PoolSetting) {
  const { host, port } = addressOf(url);
  return {
    [`${prefix}URL`]: host,
    [`${prefix}Port`]: port,
    [`${prefix}User`]: worker,
    ...(password === undefined ? {} : { [`${prefix}Password`]: password }),
  };
}

/** Orders to AxeOS: no login, but only for clients of the same private network. New pools are read at a start. */
export const bitaxeCommands: Commands = {
  reboot: { send: () => [RESTART] },
  pools_get: poolsAsRead,
  pools_set: {
    send: (pools) => {
      const [first, second, ...more] = pools;
      if (!first || more.length > 0) throw OrderErrors.NOT_POSSIBLE("it has room for a pool and one to fall back to");
      const members = { ...poolMembers("stratum", first), ...(second ? poolMembers("fallbackStratum", second) : {}) };
      return [web.patch(SYSTEM, members), RESTART];
    },
  },
  raw: rawWeb,
};
