import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { type CoolingSim, startCooling } from "@banksman/sim";
import { freePort, tempFolder, waitFor } from "@banksman/testkit";
import { type CoolingRound, CoolingUpload } from "@banksman/wire/ingest";
import { banksman } from "./site.ts";

/** A range of this process alone, so that test files don't meet. */
const RANGE = `127.${60 + (process.pid % 40)}`;
const COUNT = 150;
const ROUND_MS = 5_000;
const SHARES = [0, 0.1, 0.7];

/** Five controllers of each kind that answers, only not as it should, at every second call, or far too late. */
const FAULTY = {
  name: -1,
  count: 35,
  faults: (["exception", "reconnect", "nan", "disconnect", "slow", "html", "refuse"] as const).map((kind) => ({
    kind,
    share: 1 / 7,
  })),
};

type Fleet = { sim: CoolingSim; uploads: CoolingUpload[]; ops: string };

/** A server that takes uploads of cooling units and nothing else: each edge here reads its units without a lease. */
async function uploadServer() {
  const uploads: { site: string; upload: CoolingUpload }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const isCooling = request.url === "/api/collector/cooling";
      if (isCooling) {
        const upload = CoolingUpload.parse(JSON.parse(gunzipSync(Buffer.concat(chunks)).toString()));
        uploads.push({ site: String(request.headers["x-site-id"]), upload });
      }
      response.writeHead(isCooling ? 200 : 404, { "content-type": "application/json" });
      response.end(JSON.stringify({ success: true, stored: 0, duplicates: 0, refused: [] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    uploads,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

suite("a round over 150 controllers as slow as real ones", () => {
  const fleets = new Map<number, Fleet>();
  const stops: (() => Promise<void> | void)[] = [];

  before(async () => {
    const folder = await tempFolder();
    const server = await uploadServer();
    stops.push(server.close);
    const dead = (share: number) => (share === 0 ? [] : [{ kind: "dead" as const, share }]);
    const kinds = [...SHARES.map((share) => ({ name: share, count: COUNT, faults: dead(share) })), FAULTY];
    for (const [i, { name, count, faults }] of kinds.entries()) {
      const from = `${RANGE}.${i * 8}.1`;
      const port = await freePort();
      const sim = await startCooling({ count, from, port, seed: 3, faults, miners: 20 });
      const config = join(folder.path, `edge-${i}.json`);
      const ops = await freePort();
      const units = {
        host: `${from}-${RANGE}.${i * 8}.${count}`,
        port,
        driver: "antbox",
        interval_s: 10,
        lease: "none",
      };
      await writeFile(
        config,
        JSON.stringify({
          ...{ api_url: server.url, api_key: "k", site_id: `dead-${name}`, cooling: [units], ops_port: ops },
          spool: { path: join(folder.path, `cache-${i}`, "spool.db") },
        }),
      );
      const edge = banksman(["edge", "--config", config], { LOG_LEVEL: "info" });
      fleets.set(name, { sim, uploads: [], ops: `http://127.0.0.1:${ops}` });
      stops.push(sim.close, () => edge.stop());
    }
    // On a machine that has no time for it a round is late; the next one is not.
    await waitFor(
      "a round of each fleet that read every healthy one within 5 s",
      () => [...SHARES, FAULTY.name].every((name) => wholeRound(name, server.uploads)),
      { withinMs: 50_000 },
    );
    for (const { site, upload } of server.uploads) fleets.get(Number(site.slice("dead-".length)))?.uploads.push(upload);
  });

  const isWhole = ({ done, duration_ms }: CoolingRound, share: number) =>
    done === healthyOf(share) && duration_ms <= ROUND_MS;
  const healthyOf = (share: number) => (share === FAULTY.name ? 20 : COUNT - Math.round(share * COUNT));
  const wholeRound = (share: number, uploads: readonly { site: string; upload: CoolingUpload }[]) =>
    uploads
      .filter(({ site }) => site === `dead-${share}`)
      .flatMap(({ upload }) => upload.rounds)
      .find((round) => isWhole(round, share));

  after(async () => {
    await Promise.all(stops.map((stop) => stop()));
  });

  for (const share of SHARES) {
    test(`with ${share * 100} % of them dead every healthy one is read in its 5 s`, () => {
      const { sim, uploads } = fleets.get(share) ?? assert.fail();
      const healthy = sim.controllers.filter(({ fault }) => fault === null).map(({ host }) => host);
      assert.equal(healthy.length, healthyOf(share));
      const upload = uploads.find(({ rounds }) => rounds.some((one) => isWhole(one, share)));
      const [round] = upload?.rounds ?? [];
      const read = upload?.readings.filter(({ lane }) => lane === "fast") ?? [];
      assert.deepEqual(new Set(read.map(({ host }) => host.split(":")[0])), new Set(healthy));
      assert.equal((round?.deferred ?? 0) + (round?.failed ?? 0), COUNT - healthy.length);
    });
  }

  test("one that refuses or cuts off every second call is read by the retry, within the round", () => {
    const { sim, uploads } = fleets.get(FAULTY.name) ?? assert.fail();
    const read = new Set(
      uploads.flatMap(({ readings }) =>
        readings.flatMap(({ host, lane }) => (lane === "fast" ? host.split(":")[0] : [])),
      ),
    );
    const kinds = sim.controllers.filter(({ host }) => read.has(host)).map(({ fault }) => fault);
    assert.deepEqual(new Set(kinds), new Set(["exception", "reconnect", "nan", "disconnect"]));
    assert.equal(kinds.length, 20);
  });

  test("no controller ever saw two requests at once, also those that are slow looks", async () => {
    await waitFor(
      "slow looks",
      () =>
        [0, 0.1].every((share) => fleets.get(share)?.sim.controllers.some(({ requests }) => requests >= 4)) &&
        [...fleets.values()].every(({ sim }) => sim.controllers.some(({ requests }) => requests > 1)),
      { withinMs: 60_000 },
    );
    for (const { sim } of fleets.values()) {
      const overlapping = sim.controllers.filter(({ overlaps }) => overlaps > 0).map(({ host }) => host);
      assert.deepEqual(overlapping, []);
    }
  });

  test("the round stands on /metrics", async () => {
    const { ops } = fleets.get(0.1) ?? assert.fail();
    const told = [
      /banksman_edge_cooling_round_units\{state="done",role="edge"\} 135/,
      /banksman_edge_cooling_round_units\{state="deferred",role="edge"\} 15/,
      /banksman_edge_cooling_round_seconds_count\{role="edge"\} \d/,
      /banksman_edge_cooling_units\{role="edge"\} 150/,
      /banksman_edge_cooling_breakers\{state="closed",role="edge"\} \d+/,
    ];
    await waitFor("the figures", async () => {
      const text = await (await fetch(`${ops}/metrics`)).text();
      return told.every((figure) => figure.test(text));
    });
  });
});
