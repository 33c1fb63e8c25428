import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { openEgress } from "@banksman/kit/egress";
import { post } from "./post.ts";

const SECRET = `whsec_${Buffer.alloc(24).toString("base64")}`;

test("an endpoint whose answer never ends has taken the event, or refused it, by its status", async () => {
  let status = 200;
  const endless = createServer((_request, response) => {
    const more = () => {
      while (response.write("long ".repeat(4_096)));
    };
    response.writeHead(status).on("drain", more);
    more();
  });
  await new Promise<void>((listening) => endless.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${(endless.address() as AddressInfo).port}/`;
  const message = { id: "msg_1", body: "{}" };
  assert.deepEqual(await post(openEgress, url, [SECRET], message), { status: 200, error: null });
  status = 500;
  const refused = await post(openEgress, url, [SECRET], message);
  assert.equal(refused.error, `500: ${"long ".repeat(40).trim()}`);
  endless.closeAllConnections();
  await new Promise<void>((closed) => endless.close(() => closed()));
});
