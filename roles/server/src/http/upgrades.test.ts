import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { createLog } from "@banksman/kit";
import { WebSocket, WebSocketServer } from "ws";
import { acceptUpgrades, serveUpgrades } from "./upgrades.ts";

test("a fault of ours where somebody opens a WebSocket is an answer to them, and no end of the server", async (t) => {
  const sockets = new WebSocketServer({ noServer: true });
  const fault = () => {
    throw new Error("ours");
  };
  const served = {
    identify: async () => ({ is: "nobody" as const }),
    refuses: () => null,
    welcome: () => undefined,
    what: "a test",
    log: createLog("test", "silent"),
  };
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const upgrades = serveUpgrades(server);
  upgrades.at("/refuses", acceptUpgrades(sockets, { ...served, refuses: fault }));
  upgrades.at("/welcome", acceptUpgrades(sockets, { ...served, welcome: fault }));
  t.after(() => {
    upgrades.cut();
    server.close();
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  const open = (path: string) => new WebSocket(`ws://127.0.0.1:${address.port}${path}`);
  const [, answer] = await once(open("/refuses"), "unexpected-response");
  assert.equal(answer.statusCode, 503);
  const [code] = await once(open("/welcome"), "close");
  assert.equal(code, 1011);
});
