import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { COLLECTOR_VIDEO_PATH } from "@banksman/wire/link";
import { WebSocket } from "ws";
import { fakeEdge } from "../test/fake-edge.ts";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";

/** Of the web server a role's stop waits so long; what is left then is an error in its log. */
const STOP_WITHIN_MS = 5_000;

let server: TestServer;
let key: string;
before(async () => {
  server = await startTestServer();
  ({ key } = await siteWithKey(server, "1"));
});
after(() => server[Symbol.asyncDispose]());

test("a server that stops ends its WebSockets, also one whose other end says nothing any more", async () => {
  using edge = await fakeEdge(server.url, key, ["m0"]);
  const ended = once(edge.socket, "close");
  const silent = new WebSocket(`${server.url.replace("http", "ws")}${COLLECTOR_VIDEO_PATH}`, {
    headers: { "x-collector-key": key },
  });
  await once(silent, "open");
  // It reads nothing, so that the server's farewell is never answered.
  silent.pause();
  // What else stops takes its own time, and is no part of this bound.
  await server.stop("order links");
  const began = performance.now();
  await server.stop("web server");
  const took = performance.now() - began;
  assert.deepEqual((await ended)[0], 1001, "the edge is told that the server goes");
  assert.ok(took < STOP_WITHIN_MS, `the web server stopped after ${Math.round(took)} ms`);
  silent.terminate();
});
