import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { run, runToEnd } from "@banksman/testkit";

const RUN_ROLE = new URL("./run-role.ts", import.meta.url).href;
const KIT = fileURLToPath(new URL("./index.ts", import.meta.url));

/** A role whose body is `main`, in a process of its own. */
const role = (main: string, config = "({})") => [
  "--input-type=module-typescript",
  "-e",
  `
    import { runRole, untilAborted } from ${JSON.stringify(RUN_ROLE)};
    import { ConfigErrors, systemClock } from ${JSON.stringify(KIT)};
    process.exitCode = await runRole("probe", () => ${config}, async (config, context) => { ${main} });`,
];

describe("a role", () => {
  test("exits 0 when it is told to stop and drains newest first", async () => {
    const probe = run(
      process.execPath,
      role(`
      context.onStop("first", () => console.log("stopped first"));
      context.onStop("second", () => console.log("stopped second"));
      console.log("up");
      await untilAborted(context.signal);`),
    );
    await probe.output(/up/);
    probe.child.kill("SIGTERM");
    // A launcher passes the same signal on: it must not count as the impatient second one.
    probe.child.kill("SIGTERM");
    assert.equal(await probe.exited, 0);
    assert.match(probe.stdout(), /stopped second\nstopped first/);
  });

  test("leaves at once at a second signal", async () => {
    const probe = run(
      process.execPath,
      role(`
      context.onStop("stuck", () => new Promise(() => setInterval(() => {}, 1000)), { within: 9_000 });
      console.log("up");
      await untilAborted(context.signal);
      setTimeout(() => console.log("again"), 800);`),
    );
    await probe.output(/up/);
    probe.child.kill("SIGINT");
    await probe.output(/again/);
    probe.child.kill("SIGINT");
    assert.equal(await probe.exited, 130);
  });

  test("does not wait for ever for a part that won't stop, and says which", async () => {
    const { code, stderr } = await runToEnd(
      process.execPath,
      role('context.onStop("stuck", () => new Promise(() => {}), { within: 50 });'),
    );
    assert.equal(code, 1);
    assert.match(stderr, /stuck did not stop in time/);
  });

  test("logs a fault that nobody handles, drains, and exits 1", async () => {
    for (const fault of ['void Promise.reject(new Error("out of luck"))', 'setTimeout(() => JSON.parse("{"))']) {
      const { code, stdout, stderr } = await runToEnd(
        process.execPath,
        role(`context.onStop("spool", () => console.log("kept"));
          ${fault};
          await untilAborted(context.signal);`),
      );
      assert.deepEqual([code, stdout], [1, "kept\n"]);
      assert.match(stderr, /"level":"?(fatal|60)"?.*a fault that nobody handled: (out of luck|Expected property name)/);
    }
  });

  test("exits 2 on bad configuration with its text, 1 on a failure", async () => {
    const bad = await runToEnd(
      process.execPath,
      role(
        "",
        '{ throw ConfigErrors.INVALID("file.json", "\\"port\\" is 99999: too large"); }'
          .replace("{ throw", "(() => { throw")
          .replace(/; }$/, "; })()"),
      ),
    );
    assert.deepEqual([bad.code, bad.stderr], [2, 'file.json: "port" is 99999: too large\n']);
    const loud = await runToEnd(process.execPath, role('console.log("ran");'), {
      env: { ...process.env, LOG_LEVEL: "loud" },
    });
    assert.deepEqual([loud.code, loud.stdout], [2, ""]);
    assert.match(loud.stderr, /^the environment: LOG_LEVEL is "loud": must be one of trace, debug, info, .*\n$/);
    const failed = await runToEnd(process.execPath, role('throw new Error("out of luck");'));
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /out of luck/);
  });
});
