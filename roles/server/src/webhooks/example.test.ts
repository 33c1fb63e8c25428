import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { freePort, run, tempFolder } from "@banksman/testkit";
import { siteWithKey, startTestServer } from "../test/test-server.ts";

const DOCUMENT = new URL("../../../../docs/api.md", import.meta.url);

test("the worked example of docs/api.md works: told of an alert, it asks for the miner with its token", async () => {
  await using folder = await tempFolder();
  await using server = await startTestServer({ egress: { allow: ["127.0.0.0/8"] } });
  const { cookie, key } = await siteWithKey(server, "1");
  const port = await freePort();
  const call = async (path: string, body: object) => {
    const reply = await server.call("POST", `/api${path}`, { cookie, body });
    assert.equal(reply.status, 200, JSON.stringify(reply.body));
    return reply.body.data;
  };
  const webhook = await call("/webhooks", { url: `http://127.0.0.1:${port}/`, events: ["alert.fired"] });
  const [, program = ""] = /```js\n([\s\S]*?)```/.exec(await readFile(DOCUMENT, "utf8")) ?? [];
  const token = await call("/session/tokens", {
    name: "desk",
    permissions: ["reading.read"],
    scope: { of: "site", site_id: "1" },
    days: 90,
  });
  const file = join(folder.path, "desk.mjs");
  await writeFile(file, program);
  const secret = (webhook as { secret: string }).secret;
  const env = {
    ...process.env,
    BANKSMAN: server.url,
    TOKEN: (token as { token: string }).token,
    WEBHOOK_SECRET: secret,
    PORT: String(port),
  };
  await using desk = run(process.execPath, [file], { env });
  await desk.output(/the desk listens/);
  const forged = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "{}" });
  assert.equal(forged.status, 401);

  const title = { zh: "{miner_id} 过热", en: "{miner_id} is hot" };
  const rule = { rule_id: "hot", name: title, target: "miner", level: "severe", title };
  await call("/alert-rules", { ...rule, condition: "temperature_max > 80" });
  const reading = { miner_id: "m1", ip_address: "10.0.0.5", online: true, hashrate_ghs: 1e5, temperature_max: 91 };
  await server.call("POST", "/api/collector/upload", { key, body: [reading] });
  await desk.output(/ticket: m1 is hot; m1 at 10\.0\.0\.5, 91 °C/);
});
