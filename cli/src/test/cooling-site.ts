import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { prepareDatabase } from "@banksman/server/prepared-database";
import { type CoolingSim, type CoolingSimOptions, startCooling } from "@banksman/sim";
import { freePort, type Running, tempFolder } from "@banksman/testkit";
import { banksman, makeKey, PASSWORD } from "./site.ts";

/** An edge as a process, and what it says of itself. */
export type CoolingEdge = { process: Running; units: () => Promise<number> };

/** A site with simulated cooling units that count what they are asked, a server, and edges to start and kill. */
export async function coolingSite(from: string, count: number, options: Partial<CoolingSimOptions> = {}) {
  const folder = await tempFolder();
  const controllerPort = await freePort();
  const sim: CoolingSim = await startCooling({ count, from, port: controllerPort, seed: 5, miners: 3, ...options });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const dataDir = join(folder.path, "data");
  await prepareDatabase(dataDir);
  const server = banksman(["server"], {
    HOST: "127.0.0.1",
    PORT: String(port),
    DATA_DIR: dataDir,
    ADMIN_PASSWORD: PASSWORD,
    DATABASE_URL: "",
  });
  await server.output(/Banksman is at/);
  const key = await makeKey(url);
  const edges: Running[] = [];

  const startEdge = async (name: string): Promise<CoolingEdge> => {
    const ops = await freePort();
    const config = join(folder.path, `${name}.json`);
    const host = `${from}-${from.replace(/\d+$/, String(count))}`;
    await writeFile(
      config,
      JSON.stringify({
        api_url: url,
        api_key: key,
        site_id: "1",
        cooling: [{ host, port: controllerPort, driver: "antbox", interval_s: 10 }],
        spool: { path: join(folder.path, name, "spool.db") },
        ops_port: ops,
      }),
    );
    const running = banksman(["edge", "--config", config]);
    edges.push(running);
    const units = async () => {
      const text = await (await fetch(`http://127.0.0.1:${ops}/metrics`)).text();
      return Number(/banksman_edge_cooling_units\{[^}]*\} (\d+)/.exec(text)?.[1] ?? -1);
    };
    return { process: running, units };
  };
  const session = await fetch(`${url}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "admin", password: PASSWORD }),
  });
  const cookie = session.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const reply = await fetch(`${url}/api${path}`, {
      method,
      headers: { cookie, ...(body !== undefined && { "content-type": "application/json" }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const { data, ...rest } = (await reply.json()) as { data: T };
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(rest)}`);
    return data;
  };
  return {
    url,
    sim,
    controllerPort,
    folder: folder.path,
    startEdge,
    call,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(edges.map((edge) => edge.stop("SIGKILL")));
      await server.stop();
      await sim.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
