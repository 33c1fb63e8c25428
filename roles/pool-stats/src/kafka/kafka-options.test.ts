import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { createServer } from "node:tls";
import { tempFolder, waitFor } from "@banksman/testkit";
import { member, noteTaker } from "../test/log-kit.ts";

const API_VERSIONS = 18;
const HANDSHAKE = 17;
const AUTHENTICATE = 36;
const KNOWN = [3, HANDSHAKE, API_VERSIONS, AUTHENTICATE];

const int16 = (value: number) => Buffer.from([(value >> 8) & 255, value & 255]);
const int32 = (value: number) => Buffer.from([0, 0, (value >> 8) & 255, value & 255]);

/** As much of a broker as takes part in signing in. */
function answerOf(api: number, version: number, mechanism: string): Buffer | null {
  switch (api) {
    case API_VERSIONS: {
      const rows = KNOWN.map((key) => Buffer.concat([int16(key), int16(0), int16(key === HANDSHAKE ? 1 : 0)]));
      return Buffer.concat([int16(0), int32(rows.length), ...rows, version > 0 ? int32(0) : Buffer.alloc(0)]);
    }
    case HANDSHAKE:
      return Buffer.concat([int16(0), int32(1), int16(mechanism.length), Buffer.from(mechanism)]);
    case AUTHENTICATE:
      return Buffer.concat([int16(0), int16(0xffff), int32(0)]);
    default:
      return null;
  }
}

/** Certificate and key of this machine's own address. */
async function certificate(folder: string) {
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  const files = ["-keyout", key, "-out", cert];
  execFileSync("openssl", ["req", "-x509", ...curve, "-nodes", "-days", "2", ...names, ...files], { stdio: "ignore" });
  return { caFile: cert, cert: await readFile(cert), key: await readFile(key) };
}

test("TLS with the named authority, then SASL with user and password, come before anything else is asked", async () => {
  await using folder = await tempFolder();
  const { caFile, cert, key } = await certificate(folder.path);
  const said: string[] = [];
  const server = createServer({ cert, key }, (socket) => {
    let pending = Buffer.alloc(0);
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE(0)) {
        const request = pending.subarray(4, 4 + pending.readInt32BE(0));
        pending = pending.subarray(4 + request.length);
        const api = request.readInt16BE(0);
        // What follows version, number and the client's name.
        const body = request.subarray(10 + request.readInt16BE(8));
        said.push(`${api} ${body.toString("latin1").replace(/[^\x20-\x7e]+/g, "|")}`);
        const answer = answerOf(api, request.readInt16BE(2), "PLAIN");
        if (answer) socket.write(Buffer.concat([int32(answer.length + 4), request.subarray(4, 8), answer]));
        else socket.destroy();
      }
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const sasl = { mechanism: "plain", username: "counter", password: "share-log" } as const;
  const { reader, notes } = noteTaker();
  const kafka = { brokers: [`127.0.0.1:${port}`], tls: { caFile }, sasl };
  const reading = member({ kafka, topic: "secret" }, reader);
  await waitFor("a question after signing in", () => said.some((text) => text.startsWith("3 ")));
  const order = said.slice(0, 3).map((text) => text.split(" ")[0]);
  assert.deepEqual(order, [API_VERSIONS, HANDSHAKE, AUTHENTICATE].map(String));
  assert.match(said[1] ?? "", /PLAIN$/);
  assert.match(said[2] ?? "", /\|counter\|share-log$/);
  await reading.leave();

  const strangers = noteTaker();
  const stranger = member({ kafka: { ...kafka, tls: {} }, topic: "secret" }, strangers.reader);
  await waitFor("trouble", () => strangers.notes.troubles.length > 0);
  assert.match(strangers.notes.troubles[0] ?? "", /self.signed certificate/);
  await stranger.leave();
  server.close();
  assert.ok(notes.assignments.length === 0);
});
