import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type CoolingSim, startCooling } from "@banksman/sim";
import { freePort, run, tempFolder } from "@banksman/testkit";
import { AuditEntry } from "@banksman/wire/ingest";

const BANKSMAN = fileURLToPath(new URL("../../banksman.js", import.meta.url));
/** A range of this process alone, so that test files don't meet. */
const FROM = `127.${100 + (process.pid % 40)}.${(process.pid >> 6) & 127}.1`;

suite("banksman cooling order --direct", () => {
  let sim: CoolingSim;
  let port: number;
  let folder: Awaited<ReturnType<typeof tempFolder>>;

  before(async () => {
    port = await freePort();
    sim = await startCooling({ count: 1, from: FROM, port, seed: 5, miners: 3 });
    folder = await tempFolder();
  });
  after(async () => {
    await sim.close();
    await folder[Symbol.asyncDispose]();
  });

  test("a unit whose driver is found out first is read back, and its audit says that the order shows", async () => {
    const [box] = sim.controllers;
    assert.ok(box);
    const args = [BANKSMAN, "cooling", "order", `${box.host}:${port}`, "set-temp", "33.5", "--direct"];
    const child = run(process.execPath, args, { cwd: folder.path });
    assert.equal(await child.exited, 0, child.stdout() + child.stderr());
    assert.match(child.stdout(), /^taken, and it shows/);
    assert.deepEqual([box.plant.settings.setpoint, box.writes.get("setTemp"), box.overlaps], [33.5, 1, 0]);
    const text = await readFile(join(folder.path, "cache/orders/audit.jsonl"), "utf8");
    const entries = text
      .trim()
      .split("\n")
      .map((line) => AuditEntry.parse(JSON.parse(line)));
    assert.deepEqual(
      entries.map(({ event, verified }) => ({ event, verified })),
      [
        { event: "ordered", verified: undefined },
        { event: "result", verified: "yes" },
      ],
    );
  });
});
