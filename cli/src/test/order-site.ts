import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { prepareDatabase } from "@banksman/server/prepared-database";
import { type Sim, type SimOptions, startMiners } from "@banksman/sim";
import { freePort, tempFolder, waitFor } from "@banksman/testkit";
import { banksman, makeKey, PASSWORD } from "./site.ts";

type Json = Record<string, unknown>;
export type CommandView = { command_id: string; state: string; code: string | null; result: Json | null };

/** A site for orders: simulated miners that count what arrives, a server and an edge, each of them to be killed. */
export async function orderSite(
  from: string,
  count: number,
  options: Partial<SimOptions> = {},
  environment: NodeJS.ProcessEnv = {},
) {
  const folder = await tempFolder();
  const sim: Sim = await startMiners({
    count,
    from,
    port: 4028,
    seed: 7,
    faults: [],
    models: ["a15"],
    timing: { rebootMs: 800, startingMs: 0, difficulty: 16 },
    latency: { fromMs: 60, toMs: 60 },
    ...options,
  });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const serverEnvironment = {
    HOST: "127.0.0.1",
    PORT: String(port),
    DATA_DIR: join(folder.path, "data"),
    ADMIN_PASSWORD: PASSWORD,
    DATABASE_URL: "",
    ...environment,
  };
  const startServer = async () => {
    const server = banksman(["server"], serverEnvironment);
    await server.output(/Banksman is at/);
    return server;
  };
  await prepareDatabase(serverEnvironment.DATA_DIR);
  let server = await startServer();
  const key = await makeKey(url);
  const config = join(folder.path, "collector_config.json");
  await writeFile(
    config,
    JSON.stringify({
      api_url: url,
      api_key: key,
      site_id: "1",
      collection_interval: 1,
      ip_ranges: [{ range: `${from}-${from.replace(/\d+$/, String(count))}`, prefix: "M_" }],
      spool: { path: join(folder.path, "cache/spool.db") },
      ops_port: 0,
    }),
  );
  const startEdge = () => banksman(["edge", "--config", config]);
  let edge = startEdge();
  const session = await fetch(`${url}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "admin", password: PASSWORD }),
  });
  const cookie = session.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  const call = async (method: string, path: string, body?: unknown): Promise<Json> => {
    const reply = await fetch(`${url}/api${path}`, {
      method,
      headers: { cookie, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { data, ...rest } = (await reply.json()) as { data: Json };
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(rest)}`);
    return data;
  };
  /** The order's command ids, miner after miner. */
  const give = async (miners: string[], order: object, more: object = {}): Promise<string[]> => {
    const target = { site_id: "1", miner_ids: miners };
    const { commands } = await call("POST", "/commands", { target, order, reason: "a drill", ...more });
    return (commands as CommandView[]).map(({ command_id }) => command_id);
  };
  const command = async (id: string) => (await call("GET", `/commands/${id}`)) as CommandView;
  const reaches = (id: string, ...states: string[]) =>
    waitFor(
      `${id} to be ${states.join(" or ")}`,
      async () => {
        const found = await command(id);
        return states.includes(found.state) ? found : null;
      },
      { withinMs: 40_000 },
    );
  await waitFor(
    "the edge's link and readings",
    async () => {
      const { links } = (await call("GET", "/sites/1/links")) as { links: unknown[] };
      const { total } = await call("GET", "/sites/1");
      return links.length === 1 && total === count;
    },
    { withinMs: 30_000 },
  );
  // A site of a few miners would let one reboot at a time.
  for (const name of ["reboot-share", "quiet-after-reboot"]) await call("DELETE", `/interlocks/${name}`);
  return {
    url,
    sim,
    key,
    config,
    folder: folder.path,
    call,
    give,
    command,
    reaches,
    kill: {
      edge: async () => {
        await edge.stop("SIGKILL");
        edge = startEdge();
      },
      server: async () => {
        await server.stop("SIGKILL");
        server = await startServer();
      },
    },
    [Symbol.asyncDispose]: async () => {
      await edge.stop("SIGKILL");
      await server.stop();
      await sim.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
