import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { VirtualClock } from "@banksman/kit";
import { tempFolder } from "@banksman/testkit";
import { Budget } from "./budget.ts";
import { productOf } from "./exchanges/index.ts";
import { RestClient, RestRefusal } from "./rest.ts";

const LIMITS = [{ weight: 100, perMs: 60_000 }];

test("weights of several processes of one machine add up, and come back as time passes", async () => {
  await using folder = await tempFolder();
  const [one, other] = [new Budget(folder.path), new Budget(folder.path)];
  assert.equal(one.take("api", 60, LIMITS, 1_000), 0);
  assert.equal(other.take("api", 40, LIMITS, 2_000), 0);
  assert.equal(other.take("api", 1, LIMITS, 3_000), 58_000, "until the first 60 are a minute old");
  assert.equal(other.take("elsewhere", 100, LIMITS, 3_000), 0, "another host has its own");
  assert.equal(one.take("api", 50, LIMITS, 61_001), 0);
  assert.equal(one.used("api", 60_000, 61_001), 90);
  one.close();
  other.close();
});

test("what costs more than the whole share is possible when nothing else was asked", async () => {
  await using folder = await tempFolder();
  const budget = new Budget(folder.path);
  assert.equal(budget.take("api", 250, LIMITS, 1_000), 0);
  assert.ok(budget.take("api", 1, LIMITS, 1_001) > 0);
  budget.close();
});

test("a ban outlives a restart and is only ever lengthened", async () => {
  await using folder = await tempFolder();
  const first = new Budget(folder.path);
  first.ban("api", 120_000, "418");
  first.ban("api", 60_000, "429");
  first.close();
  const second = new Budget(folder.path);
  assert.deepEqual(second.banOf("api", 1_000), { untilMs: 120_000, reason: "418" });
  assert.equal(second.take("api", 1, LIMITS, 1_000), 119_000);
  assert.equal(second.take("api", 1, LIMITS, 120_000), 0);
  second.close();
});

test("418 with Retry-After: nothing is asked of the host until it is over, by no process of this machine", async () => {
  await using folder = await tempFolder();
  let requests = 0;
  const server = createServer((_request, response) => {
    requests++;
    if (requests === 1) response.writeHead(418, { "retry-after": "120" }).end();
    else response.writeHead(200).end('{"serverTime":1}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const product = productOf("binance");
  assert.ok(product);
  const clock = new VirtualClock();
  const client = () => new RestClient({ product, base, budget: new Budget(folder.path), share: 1, clock });
  const { signal } = new AbortController();
  await assert.rejects(
    client().get(product.rest.time, signal),
    (error) => error instanceof RestRefusal && error.problem.kind === "banned",
  );
  let isAnswered = false;
  const later = client()
    .get(product.rest.time, signal)
    .then(() => {
      isAnswered = true;
    });
  await clock.advance(119_000);
  assert.deepEqual([requests, isAnswered], [1, false]);
  await clock.advance(2_000);
  await later;
  assert.equal(requests, 2);
  server.closeAllConnections();
  server.close();
});
