/**
 * From the click to the device and back: POST /api/commands, over the server's queue and the edge's link to a simulated
 * miner, read back, told as done. The miners answer in 5 ms. Then many at once, 50 people without a pause, and 50 who give one a second.
 *   node bench/orders.ts
 */
import { performance } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { orderSite } from "../cli/src/test/order-site.ts";

const MINERS = 200;
const CLICKS = 60;
const PEOPLE = 50;
/** From one order of a person to their next. */
const PAUSE_MS = 1_000;
const OVER = ["succeeded", "failed", "refused", "expired", "cancelled", "unknown"];

await using site = await orderSite("127.201.1.1", MINERS, { latency: { fromMs: 5, toMs: 5 } });
const idOf = (n: number) => `M_${String((n % MINERS) + 1).padStart(4, "0")}`;
const on = (value: boolean) => ({ order: "locate", on: value });
const quantile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
const told = (times: readonly number[]) => {
  const sorted = times.toSorted((a, b) => a - b);
  return `p50 ${quantile(sorted, 0.5).toFixed(0)} ms, p95 ${quantile(sorted, 0.95).toFixed(0)} ms`;
};

/** How long until the server tells that it is done, and until the device has it. */
async function click(n: number): Promise<{ deviceMs: number; doneMs: number }> {
  const control = site.sim.controls[n % MINERS];
  const before = [...(control?.arrived.values() ?? [])].reduce((sum, count) => sum + count, 0);
  const began = performance.now();
  const [id = ""] = await site.give([idOf(n)], on(n % 2 === 0));
  let deviceMs = 0;
  for (;;) {
    const arrived = [...(control?.arrived.values() ?? [])].reduce((sum, count) => sum + count, 0);
    if (deviceMs === 0 && arrived > before) deviceMs = performance.now() - began;
    const { state } = await site.command(id);
    if (OVER.includes(state)) {
      if (state !== "succeeded") throw new Error(`${id} is ${state}`);
      return { deviceMs: deviceMs || performance.now() - began, doneMs: performance.now() - began };
    }
  }
}

const clicks: Awaited<ReturnType<typeof click>>[] = [];
for (let n = 0; n < CLICKS; n++) clicks.push(await click(n));

const waitAll = async (orderOf: () => Promise<number>) => {
  while ((await orderOf()) < MINERS) await setTimeout(20);
};
const miner_ids = Array.from({ length: MINERS }, (_, n) => idOf(n));
const bulkBegan = performance.now();
const bulk = (await site.call("POST", "/commands", {
  target: { site_id: "1", miner_ids },
  order: on(true),
  reason: "benchmark",
})) as { order: { order_id: string } };
await waitAll(async () => {
  const { by_state } = (await site.call("GET", `/orders/${bulk.order.order_id}`)) as {
    by_state: { succeeded?: number };
  };
  return by_state.succeeded ?? 0;
});
const bulkMs = performance.now() - bulkBegan;

/** 50 people who each give order after order; how long each answer took, and all of it. */
async function crowd(orders: number, give: (n: number) => Promise<unknown>): Promise<{ given: number[]; ms: number }> {
  const given: number[] = [];
  const start = performance.now();
  await Promise.all(
    Array.from({ length: PEOPLE }, async (_, person) => {
      for (let n = 0; n < orders; n++) {
        const began = performance.now();
        await give(person * orders + n);
        given.push(performance.now() - began);
      }
    }),
  );
  return { given, ms: performance.now() - start };
}
const people = await crowd(4, (n) => site.give([idOf(n)], on(false)));

const calm: number[] = [];
await Promise.all(
  Array.from({ length: PEOPLE }, async (_, person) => {
    await setTimeout((person / PEOPLE) * PAUSE_MS);
    for (let n = 0; n < 8; n++) {
      const began = performance.now();
      await site.give([idOf(person * 4 + n)], on(true));
      calm.push(performance.now() - began);
      await setTimeout(Math.max(0, PAUSE_MS - (performance.now() - began)));
    }
  }),
);

// A site whose edge is not there: what the answers take by themselves.
await site.call("POST", "/sites", { site_id: "2", name: "Nobody there" });
const { collector_key } = await site.call("POST", "/sites/2/collector-keys", { name: "bench" });
const uploaded = await fetch(`${site.url}/api/collector/upload`, {
  method: "POST",
  headers: { "content-type": "application/json", "x-collector-key": String(collector_key) },
  body: JSON.stringify(miner_ids.map((miner_id) => ({ miner_id, online: true, hashrate_ghs: 1 }))),
});
if (!uploaded.ok) throw new Error(await uploaded.text());
const queue = (n: number) =>
  site.call("POST", "/commands", {
    target: { site_id: "2", miner_ids: [idOf(n)] },
    order: on(true),
    reason: "benchmark",
  });
await crowd(4, queue);
const alone = await crowd(8, queue);

const rate = ({ given, ms }: { given: number[]; ms: number }) =>
  `${given.length} orders taken: ${Math.round((given.length / ms) * 1_000)} orders/s, ${told(given)}`;
process.stdout.write(
  `${[
    `click → device: ${told(clicks.map(({ deviceMs }) => deviceMs))}`,
    `click → verified: ${told(clicks.map(({ doneMs }) => doneMs))}`,
    `${MINERS} devices at once, verified: ${(bulkMs / 1_000).toFixed(2)} s, ${Math.round((MINERS / bulkMs) * 1_000)} orders/s`,
    `${PEOPLE} people, ${rate(people)}`,
    `the same at a site without an edge, ${rate(alone)}`,
    `${PEOPLE} people who give one a second: ${told(calm)}`,
  ].join("\n")}\n`,
);
