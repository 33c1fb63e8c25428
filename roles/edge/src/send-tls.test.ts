import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { suite, test } from "node:test";
import { gzipSync } from "node:zlib";
import { systemClock } from "@banksman/kit";
import { createSend } from "./send.ts";
import type { Batch } from "./spool.ts";
import { tempDir } from "./test-kit.ts";

const batch: Batch = { batchId: "b", siteId: "s", collectedAt: 0, readings: 1, body: gzipSync("[]") };

/** A server whose certificate its own authority signed; null without openssl. */
async function privateServer(dir: string) {
  const [key, cert] = [join(dir, "key.pem"), join(dir, "cert.pem")];
  const names = ["-subj", "/CN=mine", "-addext", "subjectAltName=IP:127.0.0.1"];
  try {
    execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2", ...names],
      { stdio: "ignore" },
    );
  } catch {
    return null;
  }
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    request.resume().on("end", () => response.end(JSON.stringify({ success: true, data: {} })));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `https://127.0.0.1:${port}`, cert, [Symbol.asyncDispose]: close };
}

suite("a server with a private certificate", () => {
  test("is trusted by ca_file, and without it refused with the key that mends it", async (t) => {
    using dir = tempDir();
    await using server = await privateServer(`${dir}`);
    if (!server) return t.skip("openssl is missing");
    const who = { apiKey: "k", version: "0", collector: "e" };
    const options = { ...who, apiUrl: server.url, intervalSeconds: () => 30, clock: systemClock };
    const never = new AbortController().signal;
    assert.equal((await createSend({ ...options, caFile: server.cert })(batch, 0, never)).is, "accepted");
    const refused = await createSend(options)(batch, 0, never);
    assert.equal(refused.is, "later");
    assert.match("reason" in refused ? refused.reason : "", /"ca_file"/);
  });
});
