import { setTimeout as sleep } from "node:timers/promises";
import { codeOf, messageOf } from "@banksman/kit";
import {
  type Command,
  type CommandTarget,
  GetCommand,
  GetLatest,
  GiveCommands,
  ListCoolingUnits,
  ListSites,
  PreviewCommands,
  type ReplyOf,
  type Route,
} from "@banksman/wire/api";
import { type CommandOrder, type CoolingOrder, isOver } from "@banksman/wire/model";
import { z } from "zod";
import { MinerUsage } from "./errors.ts";

export type ThroughServer = {
  url: string;
  token: string | undefined;
  site: string | undefined;
  order: CommandOrder | CoolingOrder;
  reason: string | undefined;
  dryRun: boolean;
  json: boolean;
};

export type ServerFlags = {
  dryRun?: boolean | undefined;
  json?: boolean | undefined;
  /** Why, and at which site where an address is at several. */
  reason?: string | undefined;
  site?: string | undefined;
};

/** The server that the environment names, for this order; null where it names none. Throws USAGE_NO_REASON. */
export function serverFor(order: CommandOrder | CoolingOrder, flags: ServerFlags): ThroughServer | null {
  const url = process.env.BANKSMAN_URL;
  if (!url) return null;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw MinerUsage.SERVER_URL(url);
  if (!flags.dryRun && !flags.reason) throw MinerUsage.NO_REASON();
  return {
    url: url.replace(/\/+$/, ""),
    token: process.env.BANKSMAN_TOKEN,
    site: flags.site,
    order,
    reason: flags.reason,
    dryRun: flags.dryRun ?? false,
    json: flags.json ?? false,
  };
}

const LOOK_EVERY_MS = 500;
const TIMEOUT_MS = 15_000;
const Refused = z.object({ detail: z.string() });

type Call = { path?: Record<string, string>; query?: Record<string, string>; body?: unknown };

/** `fetch` hides the reason behind "fetch failed". */
function whyNot(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return codeOf(cause) === "ECONNREFUSED" ? "refuses connections; does the server run?" : messageOf(cause);
}

/** Calls a route with the token. Throws USAGE_SERVER with the server's reason. */
async function call<R extends Route>(server: ThroughServer, route: R, { path = {}, query = {}, body }: Call = {}) {
  const filled = route.path.replace(/:(\w+)/g, (_all, name: string) => encodeURIComponent(path[name] ?? ""));
  const url = `${server.url}/api${filled}?${new URLSearchParams(query)}`;
  const headers = {
    ...(server.token !== undefined && { authorization: `Bearer ${server.token}` }),
    ...(body !== undefined && { "content-type": "application/json" }),
  };
  const reply = await fetch(url, {
    method: route.method,
    headers,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw MinerUsage.SERVER(server.url, whyNot(error), { cause: error });
  });
  const answer: unknown = await reply.json().catch(() => null);
  if (!reply.ok) {
    const { data } = Refused.safeParse(answer);
    throw MinerUsage.SERVER(server.url, data?.detail ?? `HTTP ${reply.status}`);
  }
  // The route's own schema made this type; the generic signature can't follow that.
  return route.reply.parse(answer) as ReplyOf<R>;
}

/** The one device at an address, under the name that its site has for it. */
type Found = { siteId: string; name: string; target: CommandTarget };
type Find = (server: ThroughServer) => Promise<Found>;

/** The one miner with this address or id, at the named site or at any. Rejects with USAGE_NONE, or USAGE_WHICH for several. */
export const minerAt =
  (address: string): Find =>
  async (server) => {
    const host = address.replace(/:\d+$/, "");
    const sites =
      server.site === undefined
        ? (await call(server, ListSites)).data.sites.map(({ site_id }) => site_id)
        : [server.site];
    const found: Found[] = [];
    for (const siteId of sites) {
      const query = { q: host, per_page: "1000" };
      const { data } = await call(server, GetLatest, { path: { site_id: siteId }, query });
      const fits = data.miners.filter(({ ip_address, miner_id }) => ip_address === host || miner_id === address);
      found.push(
        ...fits.map(({ miner_id: name }) => ({ siteId, name, target: { site_id: siteId, miner_ids: [name] } })),
      );
    }
    return theOne(
      found,
      address,
      { what: "miner", how: "name one as --site SITE, or by its id in place of the address" },
      server,
    );
  };

/** The one cooling unit with this address, at the named site or at any. Rejects with USAGE_NONE, or USAGE_WHICH for several. */
export const coolingUnitAt =
  (address: string): Find =>
  async (server) => {
    const query: Record<string, string> = server.site === undefined ? {} : { site_id: server.site };
    const { units } = (await call(server, ListCoolingUnits, { query })).data;
    const at = address.toLowerCase();
    const fits = units.filter(({ host }) => host === at || host.replace(/:\d+$/, "") === at);
    const found = fits.map(({ site_id, host }) => ({
      siteId: site_id,
      name: host,
      target: { site_id, cooling: [host] },
    }));
    return theOne(found, address, { what: "cooling unit", how: "name one as --site SITE, or with its port" }, server);
  };

type Kind = { what: string; how: string };

function theOne(found: readonly Found[], address: string, { what, how }: Kind, { site }: ThroughServer): Found {
  const [one] = found;
  if (one && found.length === 1) return one;
  const told = found.map(({ siteId, name }) => `${name} of site ${siteId}`).join(", ");
  if (told === "") throw MinerUsage.NONE(what, address, site === undefined ? "at any site" : `at site ${site}`);
  throw MinerUsage.WHICH(address, told, how);
}

/** Gives one order through the server and waits for its end; resolves to the exit code. */
export async function giveThroughServer(find: Find, server: ThroughServer, signal: AbortSignal): Promise<number> {
  const { siteId, name, target } = await find(server);
  const { order, reason } = server;
  if (server.dryRun)
    return showPreview(server, (await call(server, PreviewCommands, { body: { target, order } })).data);
  const given = await call(server, GiveCommands, { body: { target, order, reason } }).catch((error: unknown) => {
    if (!mayHaveArrived(error)) throw error;
    process.stderr.write(`${messageOf(error)}\nthe order may have been given all the same: ${server.url}/commands\n`);
  });
  if (!given) return 1;
  const commandId = given.data.commands[0]?.command_id ?? "";
  const title = `${order.order}: ${name} of site ${siteId}`;
  for (;;) {
    const command = await whileGiven(server, given.data.order.order_id, () =>
      call(server, GetCommand, { path: { command_id: commandId } }),
    );
    if (command === null) return 1;
    const isDone = command.state === "pending-approval" || isOver(command.state);
    if (isDone || signal.aborted) {
      const text = describeCommand(title, command, server.url, isDone ? [] : [GOES_ON]);
      process.stdout.write(server.json ? `${JSON.stringify(command)}\n` : text);
      return command.state === "succeeded" ? 0 : 1;
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** The server answered nothing, after a connection that it took. */
const mayHaveArrived = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof Error && codeOf(error.cause.cause) !== "ECONNREFUSED";

const GOES_ON = "nobody waits here any more; the server goes on with it";

/** What the server says of an order that it has; null, and told, where it can't be asked: it was given all the same. */
async function whileGiven(server: ThroughServer, orderId: string, ask: () => Promise<{ data: Command }>) {
  try {
    return (await ask()).data;
  } catch (error) {
    const page = `${server.url}/commands?order=${orderId}`;
    process.stderr.write(`${messageOf(error)}\nthe order was given; what becomes of it: ${page}\n`);
    return null;
  }
}

/** The page opens an order whatever became of it. */
function describeCommand(
  title: string,
  { state, note, result, order_id }: Command,
  url: string,
  more: readonly string[],
): string {
  // What was seen is the note too, unless somebody or an interlock said more.
  const told = new Set([note?.en, result?.seen, ...more].filter((line) => line));
  return `${[`${title}: ${state}`, ...told, `${url}/commands?order=${order_id}`].join("\n  ")}\n`;
}

function showPreview({ json }: ThroughServer, preview: ReplyOf<typeof PreviewCommands>["data"]): number {
  const lines = [
    `${preview.name}: ${preview.ordered} of ${preview.devices} would be ordered, nothing was`,
    ...preview.skipped.map(({ because, devices }) => `  ${devices} left out: ${because.en}`),
    ...preview.waits.map(({ because, devices }) => `  ${devices} would wait: ${because.en}`),
    ...(preview.approval ? [`  a second person must approve: ${preview.approval.title.en}`] : []),
    ...(preview.unlinked_because ? [`  ${preview.unlinked_because.en}`] : []),
  ];
  process.stdout.write(json ? `${JSON.stringify(preview)}\n` : `${lines.join("\n")}\n`);
  return preview.ordered > 0 ? 0 : 1;
}
