import assert from "node:assert/strict";
import { test } from "node:test";
import { LiveClient, type LiveState, reconnectDelay } from "./live-client.ts";

/** A socket in the test's hands: what was sent is kept, what arrives is given. */
class FakeSocket extends EventTarget {
  readyState = 0;
  sent: Record<string, unknown>[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.readyState = 3;
  }
  open() {
    this.readyState = 1;
    this.onopen?.();
  }
  give(message: object) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  drop() {
    this.readyState = 3;
    this.onclose?.();
  }
}

function setUp() {
  const sockets: FakeSocket[] = [];
  const timers: (() => void)[] = [];
  const states: LiveState[] = [];
  const resets: string[] = [];
  const alerts: number[] = [];
  const client = new LiveClient(
    {
      onState: (state) => states.push(state),
      onReadings: () => {},
      onAlerts: ({ more }) => alerts.push(more),
      onCommands: () => undefined,
      onCooling: () => undefined,
      onReset: (site) => resets.push(site),
      onSignedOut: () => states.push("lost"),
    },
    {
      connect: () => {
        const socket = new FakeSocket();
        sockets.push(socket);
        return socket as unknown as WebSocket;
      },
      setTimer: (run) => timers.push(run),
      clearTimer: () => {},
      random: () => 0.5,
    },
  );
  const last = () => sockets.at(-1) ?? assert.fail("no socket was opened");
  return { client, sockets, timers, states, resets, alerts, last };
}
const subscribed = (seq: string) => ({ type: "subscribed", site_id: "1", seq });

test("follows a site with the rows on the screen", () => {
  const { client, last, states } = setUp();
  client.watch(["a", "b"]);
  client.follow("1");
  last().open();
  assert.deepEqual(last().sent, [{ type: "subscribe", site_id: "1", miner_ids: ["a", "b"] }]);
  last().give(subscribed("7"));
  assert.deepEqual(states, ["connecting", "live"]);
});

test("the same rows again are not asked again", () => {
  const { client, last } = setUp();
  client.follow("1");
  last().open();
  client.watch(["a"]);
  client.watch(["a"]);
  assert.equal(last().sent.length, 2);
});

test("a lost connection comes back and asks for what was missed", () => {
  const { client, last, timers, states, sockets } = setUp();
  client.follow("1");
  last().open();
  last().give(subscribed("7"));
  last().drop();
  assert.equal(states.at(-1), "lost");
  timers.at(-1)?.();
  assert.equal(sockets.length, 2);
  last().open();
  assert.equal(last().sent[0]?.since, "7");
});

test("a hidden tab hangs up, and catches up with one snapshot when it is shown", () => {
  const { client, last, states, resets, sockets } = setUp();
  client.follow("1");
  last().open();
  last().give(subscribed("7"));
  client.setPaused(true);
  assert.equal(states.at(-1), "paused");
  client.setPaused(false);
  assert.deepEqual(resets, ["1"]);
  assert.equal(sockets.length, 2);
  last().open();
  assert.equal(last().sent[0]?.since, undefined);
});

test("messages of a site that was left, and ones that can't be read, change nothing", () => {
  const { client, last, states } = setUp();
  client.follow("1");
  last().open();
  client.follow("2");
  last().give(subscribed("7"));
  last().onmessage?.({ data: "{" });
  last().give({ type: "surprise" });
  assert.deepEqual(states, ["connecting"]);
});

test("waits double up to 15 s, spread over half of each", () => {
  assert.equal(
    reconnectDelay(0, () => 0),
    250,
  );
  assert.equal(
    reconnectDelay(0, () => 1),
    500,
  );
  assert.equal(
    reconnectDelay(3, () => 1),
    4_000,
  );
  assert.equal(
    reconnectDelay(40, () => 1),
    15_000,
  );
});

test("alerts come on pages of no site too, beside a site, and again after a lost connection", () => {
  const { client, sockets, timers, alerts, states, last } = setUp();
  const counts = {
    open: { urgent: 1, severe: 0, warning: 0, info: 0 },
    unacknowledged: { urgent: 1, severe: 0, warning: 0, info: 0 },
    suppressed: 0,
  };
  client.followAlerts(true);
  last().open();
  assert.deepEqual(last().sent, [{ type: "subscribe_alerts" }]);
  last().give({ type: "alerts", counts, fired: [], more: 3 });
  assert.deepEqual(alerts, [3]);
  client.follow("1");
  assert.deepEqual(
    last().sent.map(({ type }) => type),
    ["subscribe_alerts", "subscribe"],
  );
  client.follow(null);
  assert.equal(states.at(-1), "idle");
  last().drop();
  timers.at(-1)?.();
  assert.equal(sockets.length, 2);
  last().open();
  assert.deepEqual(last().sent, [{ type: "subscribe_alerts" }]);
});
