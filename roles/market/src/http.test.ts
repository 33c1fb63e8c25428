import assert from "node:assert/strict";
import { test } from "node:test";
import { createMetrics } from "@banksman/kit";
import { serveHttp } from "./http.ts";
import type { WriterState } from "./views.ts";

test("/health answers 503 with the reason while a writer's thread is down, and 200 when it runs again", async () => {
  const writer: WriterState = { status: "stuck", reason: "it died", queueBytes: 0, droppedRows: 0, lastDurableMs: 0 };
  const http = await serveHttp(
    {
      collectors: [],
      writer: () => writer,
      isDraining: () => false,
      isAllowed: () => true,
      registry: createMetrics("market"),
    },
    "127.0.0.1",
    0,
  );
  try {
    const health = () => fetch(`http://127.0.0.1:${http.port}/health`);
    const ill = await health();
    assert.equal(ill.status, 503);
    assert.match(await ill.text(), /"status":"unhealthy".*"reason":"it died"/);
    writer.status = "ok";
    assert.equal((await health()).status, 200);
  } finally {
    await http.close();
  }
});
