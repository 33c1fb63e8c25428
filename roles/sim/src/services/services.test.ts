import assert from "node:assert/strict";
import { test } from "node:test";
import { services } from "./index.ts";
import { ServiceState } from "./service.ts";
import { startService } from "./start-service.ts";

const call = (more: Record<string, unknown> = {}) => ({
  method: "POST",
  path: "/",
  query: new URLSearchParams(),
  headers: {},
  body: "{}",
  ...more,
});

test("no service takes a message without the proof of identity it asks for", () => {
  for (const service of services) {
    const state = new ServiceState();
    const { status = 200, body } = service.answer(call(), state);
    const said = JSON.stringify(body ?? "");
    assert.ok(status >= 400 || /errcode|code|Error/.test(said), `${service.id}: ${status} ${said}`);
    assert.deepEqual(state.taken, [], service.id);
  }
});

test("limits count the last minute, and tell how long to wait", () => {
  let now = 1_000_000;
  const state = new ServiceState(() => now);
  for (let n = 0; n < 20; n += 1) assert.ok("id" in state.take("a", `m${n}`, 20));
  now += 10_000;
  assert.deepEqual(state.take("a", "one more", 20), { waitS: 50 });
  now += 50_001;
  assert.deepEqual(state.take("a", "one more", 20), { id: 21 });
});

test("failures are planted over the control address, and one answer can be lost after the message was taken", async () => {
  const [telegram] = services;
  assert.ok(telegram);
  await using service = await startService(telegram);
  const { token } = service.channel;
  const send = () =>
    fetch(`${service.url}/bot${String(token)}/sendMessage`, { method: "POST", body: '{"chat_id":1,"text":"x"}' });
  const plant = (body: object) =>
    fetch(`${service.url}/control/faults`, { method: "POST", body: JSON.stringify(body) });
  assert.equal((await plant({ fault: "earthquake" })).status, 400);
  await plant({ fault: "429" });
  const limited = await send();
  assert.deepEqual([limited.status, limited.headers.get("retry-after")], [429, "2"]);
  await plant({ fault: "lost-answer" });
  await assert.rejects(send());
  const listed = (await (await fetch(`${service.url}/control/messages`)).json()) as { taken: { text: string }[] };
  assert.deepEqual(
    listed.taken.map(({ text }) => text),
    ["x"],
  );
});
