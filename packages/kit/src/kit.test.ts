import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { VirtualClock } from "./clock.ts";
import { checkConfig, overlayEnvironment, parseConfigText } from "./config.ts";
import { CodedError, defineErrors, messageOf } from "./errors.ts";
import { Health } from "./health.ts";
import { createMetrics } from "./metrics.ts";
import { metricsGuard, serveOps } from "./ops-http.ts";
import { backoffMs } from "./retry.ts";
import { uuid8Of } from "./uuid8.ts";

describe("configuration", () => {
  test("a syntax error names file, line and column, and never shows a key", () => {
    const refuse = (text: string, file: string, pattern: RegExp) =>
      assert.throws(
        () => parseConfigText(text, file),
        (error: Error) => pattern.test(error.message) || assert.fail(error.message),
      );
    refuse('{\n  "a": 1,\n}', "c.json", /^c\.json:3:1: not valid JSON/);
    refuse('{"a": tru}', "c.json", /^c\.json:1:7/);
    refuse('{\n "api_key": "hsc_secret"\n "b": 1}', "c.json", /^c\.json:3:2/);
    refuse('{"api_key": "hsc_secret" "b": 1}', "c.json", /^(?!.*hsc_secret)c\.json:1:26/);
    refuse("a: [1, 2", "c.yaml", /^c\.yaml:1:\d+: not valid YAML/);
    refuse("", "c.json", /^c\.json:1:1/);
    assert.deepEqual(parseConfigText('\uFEFF{"a": 1}', "c.json"), { a: 1 });
    assert.deepEqual(parseConfigText("a: 1 # why", "c.yml"), { a: 1 });
  });

  test("a wrong value names its key, what it is and what it should be; all problems at once", () => {
    const schema = z.strictObject({
      port: z.int("a whole number"),
      list: z.array(z.object({ name: z.string("text") })),
      api_key: z.string().min(99, "longer"),
    });
    const raw = { port: "x", list: [{ name: 5 }], api_key: "hsc_secret", prot: 1 };
    assert.throws(
      () => checkConfig(schema, raw, "file.json"),
      (error: Error) => {
        assert.match(error.message, /"port" is "x": a whole number/);
        assert.match(error.message, /"list\[0\]\.name" is 5: text/);
        assert.match(error.message, /"api_key" is \(hidden\): longer/);
        assert.match(error.message, /"prot" is not a known key; did you mean "port"\?/);
        assert.doesNotMatch(error.message, /hsc_secret/);
        return true;
      },
    );
    assert.throws(() => checkConfig(schema, {}, "f"), /"port" is missing/);
  });

  test("a password inside an address is never shown, whatever signs it holds", () => {
    const schema = z.strictObject({ database_url: z.string().regex(/^postgres/, "must start with postgresql://") });
    const refusalOf = (work: () => unknown): string => {
      try {
        work();
      } catch (error) {
        return messageOf(error);
      }
      return assert.fail("nothing was refused");
    };
    const addresses = ["mysql://u:hunter2@h/db", "mysql://u:p@ss/hunter2 x@h/db", "u:hunter2@h", "redis://:hunter2@h"];
    for (const address of [...addresses, "mysql://h/db?user=u&password=hunter2"]) {
      const texts = [
        refusalOf(() => checkConfig(schema, { database_url: address }, "f")),
        refusalOf(() => checkConfig(schema, { database_url: { main: address } }, "f")),
        refusalOf(() => checkConfig(schema, `database_url:${address}`, "f")),
        refusalOf(() => parseConfigText(`{"database_url": "${address}",, }`, "f.json")),
        refusalOf(() => parseConfigText(`database_url: [ ${address}`, "f.yaml")),
      ];
      for (const text of texts) {
        assert.match(text, /\(hidden\)/);
        assert.doesNotMatch(text, /hunter2/);
      }
    }
    const [address = ""] = addresses;
    assert.match(
      refusalOf(() => checkConfig(schema, { database_url: address }, "f")),
      /"database_url" is "mysql:\/\/u:\(hidden\)@h\/db": must start with/,
    );
    const alias = refusalOf(() => parseConfigText("admin_password: *hunter2", "f.yaml"));
    assert.match(alias, /^f\.yaml: not valid YAML: .* quotes$/);
  });

  test("environment variables go over the file, empty ones don't", () => {
    assert.deepEqual(overlayEnvironment({ a: 1, b: 2 }, { A: "9", B: "" }, { A: "a", B: "b" }), { a: "9", b: 2 });
    assert.deepEqual(overlayEnvironment(null, { A: "9" }, { A: "a" }), { a: "9" });
    const file = { section: { a: 1, b: 2 } };
    assert.deepEqual(overlayEnvironment(file, { A: "9" }, { A: "section.a" }), { section: { a: "9", b: 2 } });
    assert.deepEqual(file, { section: { a: 1, b: 2 } });
  });

  test("a file that holds no keys is refused, whatever the environment adds", () => {
    for (const raw of ["just text", ["a"], 5, true])
      assert.throws(
        () => overlayEnvironment(raw, { A: "9" }, { A: "a" }, "banksman.yaml"),
        (error: Error) =>
          error.message.startsWith(`banksman.yaml: the whole file is ${JSON.stringify(raw)}: must be keys`),
      );
  });
});

describe("errors", () => {
  test("carry code, text, cause and whether a retry can help", () => {
    const Errors = defineErrors("DEMO", {
      LOST: { text: (what: string, n: number) => `lost ${what} ${n}`, retry: true },
    });
    const error = Errors.LOST("keys", 2, { cause: "why" });
    assert.ok(error instanceof CodedError);
    assert.deepEqual([error.code, error.message, error.retry, error.cause], ["DEMO_LOST", "lost keys 2", true, "why"]);
  });
  test("of any kind have a sentence", () => {
    assert.deepEqual(
      [
        messageOf("x"),
        messageOf(new Error("y")),
        messageOf({ message: "z" }),
        messageOf(new AggregateError([new Error("a"), new Error("b")], "")),
      ],
      ["x", "y", "z", "a; b"],
    );
  });
});

describe("the virtual clock", () => {
  test("wakes sleepers in the order of their times, each at its own moment", async () => {
    const clock = new VirtualClock(0);
    const woke: [string, number][] = [];
    const sleeper = async (name: string, ms: number) => {
      await clock.sleep(ms);
      woke.push([name, clock.now()]);
    };
    const all = [sleeper("late", 500), sleeper("early", 100)];
    await clock.advance(1_000);
    await Promise.all(all);
    assert.deepEqual(
      [woke, clock.now()],
      [
        [
          ["early", 100],
          ["late", 500],
        ],
        1_000,
      ],
    );
  });
  test("lets a sleeper go when its signal aborts", async () => {
    const clock = new VirtualClock();
    const abort = new AbortController();
    const sleeping = clock.sleep(1_000, abort.signal);
    abort.abort(new Error("enough"));
    await assert.rejects(sleeping, /enough/);
    assert.equal(clock.sleeping, 0);
  });
});

describe("retry", () => {
  test("waits grow, stay below the limit and spread over its upper half", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
        (attempt, random) => {
          const wait = backoffMs({ firstMs: 100, maxMs: 60_000 }, attempt, random);
          const ceiling = Math.min(60_000, 100 * 2 ** (attempt - 1));
          assert.ok(wait >= ceiling / 2 && wait <= ceiling);
        },
      ),
    );
  });
});

describe("health, readiness and metrics over HTTP", () => {
  test("say what is wrong, and metrics stay closed beyond loopback", async () => {
    const health = new Health();
    let trouble: string | null = null;
    health.addHealthCheck("uploads", () => trouble);
    health.addReadyCheck("warm", () => {
      throw new Error("cold");
    });
    const ops = await serveOps({ host: "127.0.0.1", port: 0 }, health, createMetrics("probe"));
    const get = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${ops.port}${path}`);
      return [response.status, await response.text()];
    };
    assert.deepEqual(await get("/health"), [200, '{"status":"ok","reasons":[]}']);
    assert.deepEqual(await get("/ready"), [
      503,
      '{"status":"not ready","reasons":[{"name":"warm","reason":"check failed: cold"}]}',
    ]);
    trouble = "key refused";
    assert.equal((await get("/health"))[0], 503);
    assert.match(String((await get("/metrics"))[1]), /process_cpu_user_seconds_total\{role="probe"\}/);
    assert.equal((await get("/else"))[0], 404);
    await ops.close();
  });
  test("the guard lets in loopback, listed networks and holders of the token", () => {
    const guard = metricsGuard({ metricsToken: "t".repeat(20), metricsAllow: ["10.1.0.0/16", "fd00::/8"] });
    assert.deepEqual(
      [
        guard("127.0.0.9", undefined),
        guard("::1", undefined),
        guard("10.1.2.3", undefined),
        guard("::ffff:10.1.2.3", undefined),
        guard("fd00::7", undefined),
        guard("10.2.0.1", undefined),
        guard("10.2.0.1", `Bearer ${"t".repeat(20)}`),
        guard("10.2.0.1", "Bearer wrong"),
      ],
      [true, true, true, true, true, false, true, false],
    );
  });
});

test("the same text has the same id, a UUID of its own making, and another text another", () => {
  assert.equal(uuid8Of("a 2026-03-14"), uuid8Of("a 2026-03-14"));
  assert.equal(z.uuid({ version: "v8" }).safeParse(uuid8Of("a 2026-03-14")).success, true);
  assert.notEqual(uuid8Of("a 2026-03-14"), uuid8Of("a 2026-03-15"));
  // Ids that are stored were made so: other ones would build reports and take lists a second time.
  assert.equal(uuid8Of(""), "e3b0c442-98fc-8c14-8afb-f4c8996fb924");
});
