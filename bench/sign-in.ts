import { availableParallelism } from "node:os";
import { hash, verify } from "@node-rs/argon2";
import { ADMIN_PASSWORD, siteWithKey, startTestServer } from "../roles/server/src/test/test-server.ts";

/**
 * Sign-ins a second beside what argon2id alone gives with the same parameters on the same cores, and the API's times with
 * 50 and with 500 people whose pages each ask once in five seconds. `node bench/sign-in.ts`
 */
const SECONDS = 10;
/** Live pages hear of readings over their socket; what they ask besides comes less often than this. */
const EVERY_MS = 5_000;
const ARGON = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const PASSWORD = "a-long-bench-password";

const percentile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/** How often `work` ends in a second with `lanes` of them at once. */
async function rate(lanes: number, work: (lane: number) => Promise<unknown>): Promise<number> {
  const [start, until] = [performance.now(), performance.now() + SECONDS * 1_000];
  let done = 0;
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      while (performance.now() < until) {
        await work(lane);
        done += 1;
      }
    }),
  );
  return done / ((performance.now() - start) / 1_000);
}

/** Times of calls, ms, sorted: `people` whose pages each call once in five seconds, at moments of their own. */
async function times(people: number, ask: (person: number) => Promise<unknown>): Promise<number[]> {
  const took: number[] = [];
  await Promise.all(
    Array.from({ length: people }, async (_, person) => {
      await new Promise((resolve) => setTimeout(resolve, (person / people) * EVERY_MS));
      for (let round = 0; round < 4; round++) {
        const start = performance.now();
        await ask(person);
        took.push(performance.now() - start);
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, EVERY_MS - (performance.now() - start))));
      }
    }),
  );
  return took.toSorted((a, b) => a - b);
}

const cores = availableParallelism();
const stored = await hash(PASSWORD, ARGON);
const limit = await rate(cores, () => verify(stored, PASSWORD));
console.log(`argon2id alone, ${cores} at once: ${limit.toFixed(1)} a second`);

const server = await startTestServer({ trusted_proxies: ["127.0.0.1"] });
const { cookie, key } = await siteWithKey(server, "1");
await server.call("POST", "/api/users", { cookie, body: { username: "bench", password: PASSWORD, role: "operator" } });
const readings = Array.from({ length: 1_000 }, (_, n) => ({ miner_id: `m${n}`, online: true, hashrate_ghs: 200_000 }));
await server.call("POST", "/api/collector/upload", { key, body: readings });

const signIn = (n: number) =>
  server.call("POST", "/api/session", {
    body: { username: "admin", password: ADMIN_PASSWORD, keep: "tokens" },
    headers: { "x-forwarded-for": `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}` },
  });
let n = 0;
let refused = 0;
const signIns = await rate(cores * 2, async () => {
  n += 1;
  if ((await signIn(n)).status !== 200) refused += 1;
});
console.log(
  `sign-ins: ${signIns.toFixed(1)} a second, ${((signIns / limit) * 100).toFixed(0)} % of that (${refused} refused)`,
);

const tokens: string[] = [];
for (let person = 0; person < 20; person++) {
  const { body } = await signIn(100_000 + person);
  tokens.push((body.data as { tokens: { access_token: string } }).tokens.access_token);
}
const PATHS = [
  "/api/collector/monitor/sites/1/miners/latest?per_page=50",
  "/api/collector/summary/1",
  "/api/sites",
  "/api/alerts",
];
for (const people of [50, 500]) {
  let failed = 0;
  const took = await times(people, async (person) => {
    const path = PATHS[person % PATHS.length] ?? "";
    const headers = { authorization: `Bearer ${tokens[person % tokens.length]}` };
    if ((await server.call("GET", path, { headers })).status !== 200) failed += 1;
  });
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => percentile(took, share).toFixed(0));
  console.log(`${people} people, ${took.length} calls: p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms, ${failed} failed`);
}
await server[Symbol.asyncDispose]();
