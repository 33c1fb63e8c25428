import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { prepareDatabase } from "@banksman/server/prepared-database";
import { freePort, type Running, tempFolder, waitFor } from "@banksman/testkit";
import pg from "pg";
import { banksman, makeKey, PASSWORD } from "./site.ts";

const MINERS = 24;

type Drill = { sweeps: number; seed: number; from: string };
type Victim = "edge" | "server" | "database";

/** A repeatable source of numbers in [0, 1). */
function noise(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The parts under test, each a process of its own that can be killed and started again. */
async function startSite(folder: string, from: string) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const environment = {
    HOST: "127.0.0.1",
    PORT: String(port),
    DATA_DIR: join(folder, "data"),
    ADMIN_PASSWORD: PASSWORD,
    DATABASE_URL: "",
  };
  const startServer = async () => {
    const server = banksman(["server"], environment);
    await server.output(/Banksman is at/);
    return server;
  };
  await prepareDatabase(environment.DATA_DIR);
  const miners = banksman(["sim", "miners", "--count", String(MINERS), "--from", from]);
  await miners.output(/miners on /);
  let server = await startServer();
  const config = join(folder, "collector_config.json");
  const last = from.replace(/\d+$/, String(MINERS));
  await writeFile(
    config,
    JSON.stringify({
      api_url: url,
      api_key: await makeKey(url),
      site_id: "1",
      collection_interval: 1,
      ip_ranges: [{ range: `${from}-${last}`, prefix: "M_" }],
      spool: { path: join(folder, "spool.db") },
    }),
  );
  const spooled = new Set<string>();
  const edges: Running[] = [];
  const startEdge = () => edges.push(banksman(["edge", "--config", config]));
  /** Batch ids that any of the edges said it had stored. */
  const collectSpooled = () => {
    for (const edge of edges) {
      for (const [, list = ""] of edge.stderr().matchAll(/"batch_ids":\[([^\]]+)\]/g))
        for (const id of list.split(",")) spooled.add(id.replaceAll('"', ""));
    }
    return spooled;
  };
  startEdge();
  /** 0 while there is none. */
  const postmaster = async (): Promise<number> => {
    const file = await readFile(join(folder, "data", "postgres", "postmaster.pid"), "utf8").catch(() => "");
    return Number(file.split("\n")[0]);
  };
  const kill: Record<Victim, () => Promise<void>> = {
    edge: async () => {
      await edges.at(-1)?.stop("SIGKILL");
      startEdge();
    },
    server: async () => {
      await server.stop("SIGKILL");
      server = await startServer();
    },
    database: async () => {
      const killed = await postmaster();
      process.kill(killed, "SIGKILL");
      // The server notices a moment later: until another one stands, its health is that of the killed one, whose
      // socket resets whoever connects.
      await waitFor("another database", async () => ![killed, 0].includes(await postmaster()), { withinMs: 20_000 });
      await waitFor("the server to be well again", async () => (await fetch(`${url}/health`)).ok, { withinMs: 20_000 });
    },
  };
  const stop = async () => {
    for (const edge of edges) await edge.stop("SIGKILL");
    await server.stop();
    await miners.stop();
  };
  return { url, kill, collectSpooled, socket: join(folder, "data", "run"), stop };
}

/**
 * Kills edge, server and database with -9 at random moments while sweeps go on, then checks that the server holds every
 * sweep the edge said it had spooled, each reading once.
 */
export async function crashDrill({ sweeps, seed, from }: Drill): Promise<{ kills: number; spooled: number }> {
  await using folder = await tempFolder();
  const site = await startSite(folder.path, from);
  const random = noise(seed);
  const victims: Victim[] = ["server", "edge", "database"];
  let kills = 0;
  try {
    await waitFor("the first sweep", () => site.collectSpooled().size > 0);
    // Each is killed at least once, however few blows a busy machine leaves time for between sweeps.
    while (site.collectSpooled().size < sweeps || kills < victims.length) {
      const until = Date.now() + 300 + random() * 3_000;
      await waitFor("the next blow", () => Date.now() > until);
      await site.kill[victims[kills % victims.length] ?? "edge"]();
      kills += 1;
    }
    await verify(site, site.collectSpooled());
    return { kills, spooled: site.collectSpooled().size };
  } finally {
    await site.stop();
  }
}

async function verify(site: Awaited<ReturnType<typeof startSite>>, spooled: Set<string>): Promise<void> {
  const client = new pg.Client({ host: site.socket, user: "banksman", database: "banksman" });
  await client.connect();
  try {
    const ledger = async () => {
      const { rows } = await client.query<{ batch_id: string; processed: number }>(
        "select batch_id, (reply->>'processed')::int as processed from ingest_batch",
      );
      return new Map(rows.map((row) => [row.batch_id, row.processed]));
    };
    const expected = [...spooled];
    await waitFor(
      "every spooled sweep to arrive",
      async () => {
        const arrived = await ledger();
        return expected.every((id) => arrived.has(id));
      },
      { withinMs: 60_000, everyMs: 200 },
    );
    // A sweep whose edge was killed between storing it and saying so may be there too: never fewer rows than readings.
    const sweeps = [...(await ledger()).values()];
    const { rows } = await client.query<{ count: number }>("select count(*)::int as count from telemetry");
    // A sweep is a batch. Its readings need not be of one moment: on a busy machine it takes a while.
    assert.deepEqual(new Set(sweeps), new Set([MINERS]), "each sweep is whole");
    assert.equal(rows[0]?.count, sweeps.length * MINERS, "each acknowledged reading is stored once");
  } finally {
    await client.end();
  }
}
