import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { serveHttp } from "@banksman/replay";
import { run, waitFor } from "@banksman/testkit";
import { CoolingUpload } from "@banksman/wire/ingest";
import { readStatus } from "../status.ts";
import { tempDir } from "../test-kit.ts";

const CHILD = fileURLToPath(new URL("./kill-child.ts", import.meta.url));
const RANGE = `127.${100 + (process.pid % 100)}.${(process.pid >> 7) & 127}`;
const UNITS = 4;
const KILLS = 4;
const INTERVAL_MS = 250;

/** Takes each unit's round once, as the server does; fails some uploads, and is away for a while. */
async function server() {
  /** How often each round of each unit came, read or failed. */
  const stored = new Map<string, number>();
  const state = { isAway: false, uploads: 0 };
  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (state.isAway) return request.socket.destroy();
      if (++state.uploads % 5 === 0) return response.writeHead(500).end('{"error":"as ordered"}');
      const { readings, failures } = CoolingUpload.parse(JSON.parse(gunzipSync(Buffer.concat(chunks)).toString()));
      for (const { host, round_at } of [...readings, ...failures]) {
        const key = `${host} ${round_at}`;
        stored.set(key, (stored.get(key) ?? 0) + 1);
      }
      return response.writeHead(200).end(JSON.stringify({ success: true, stored: 1, duplicates: 0, refused: [] }));
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  const close = () => {
    http.closeAllConnections();
    http.close();
  };
  return { url: `http://127.0.0.1:${port}`, stored, state, [Symbol.dispose]: close };
}

/** The rounds that a collector's log calls held, and how many units were read in each. */
const roundsIn = (log: string) =>
  [...log.matchAll(/"round_at":"([^"]+)","took_ms":\d+,"done":(\d+)/g)].map(([, at = "", done]) => ({
    at,
    done: Number(done),
  }));

test("kill -9 at any moment, with the server away: every round that was held arrives, and each unit's counts once", async () => {
  using folder = tempDir();
  using up = await server();
  await using all = new AsyncDisposableStack();
  for (let i = 1; i <= UNITS; i++)
    all.use(
      await serveHttp(() => ({ body: { ok: true, params: { supply_liquid_temp: 35, circulating_pump: true } } }), {
        host: `${RANGE}.${i}`,
        port: 18_480,
      }),
    );
  const spool = join(`${folder}`, "spool.db");
  const child = (cooling: unknown[]) => {
    const config = { api_url: up.url, site_id: "s", cooling, spool };
    writeFileSync(join(`${folder}`, "child.json"), JSON.stringify({ config, intervalSeconds: INTERVAL_MS / 1_000 }));
    return run(process.execPath, [CHILD, join(`${folder}`, "child.json")]);
  };
  const units = {
    host: `${RANGE}.1-${RANGE}.${UNITS}`,
    port: 18_480,
    driver: "antbox",
    timeout_ms: 100,
    lease: "none",
  };
  const held: { at: string; done: number }[] = [];
  for (let kill = 1; kill <= KILLS; kill++) {
    up.state.isAway = kill === 2 || kill === 3;
    await using collector = child([units]);
    await waitFor("some rounds", () => roundsIn(collector.stderr()).length >= 3, { everyMs: 3, withinMs: 30_000 });
    // Somewhere within a round, another place each time.
    await new Promise((resolve) => setTimeout(resolve, (kill * INTERVAL_MS) / KILLS));
    await collector.stop("SIGKILL");
    held.push(...roundsIn(collector.stderr()));
  }
  up.state.isAway = false;
  await using rest = child([]);
  const pending = () => readStatus(join(`${folder}`, "cooling.db"), "s", Date.now())?.pending_batches;
  await waitFor("all uploads", () => pending() === 0, { withinMs: 30_000 });
  await rest.stop();

  assert.ok(held.length >= 3 * KILLS && held.some(({ done }) => done === UNITS));
  const arrived = (at: string) => [...up.stored.keys()].filter((key) => key.endsWith(` ${at}`)).length;
  assert.deepEqual(
    held.filter(({ at, done }) => arrived(at) < done),
    [],
  );
  // An upload whose reply was lost comes twice, and a round that was cut short is held anew: the key makes it one.
  const twice = [...up.stored.values()].filter((times) => times > 1).length;
  assert.ok(twice <= 2 * KILLS * UNITS, `${twice} rounds came more than once`);
});
