import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, test } from "node:test";
import type { CameraPlan } from "@banksman/wire/model";
import { cameraEgress, checkAddress } from "./address.ts";
import { fetchCamera } from "./fetch-camera.ts";

const camera = { url: "http://10.1.2.3:8080/live/index.m3u8", allow: ["10.1.2.4", "10.9.0.0/16"] };

describe("an address inside a camera's stream", () => {
  for (const url of [
    "http://10.1.2.3:8080/live/1.ts",
    "http://10.1.2.3:8080/other?x=1",
    "http://10.1.2.4/1.ts",
    "http://10.1.2.4:8080/1.ts",
    "https://10.9.3.3/1.ts",
  ])
    test(`${url} is the camera's`, () => assert.equal(checkAddress(camera, url).href, url));

  for (const url of [
    "file:///etc/passwd",
    "ftp://10.1.2.3/1.ts",
    "gopher://10.1.2.3:8080/1",
    "data:text/plain,x",
    "concat:http://10.1.2.3/a",
    "http://10.1.2.3/1.ts",
    "http://10.1.2.3:22/",
    "https://10.1.2.3:8443/",
    "http://10.1.2.5/1.ts",
    "http://10.1.2.4:6379/",
    "http://127.0.0.1:8080/",
    "http://localhost:8080/",
    "http://[::1]:8080/",
    "http://[::ffff:127.0.0.1]:8080/",
    "http://2130706433:8080/",
    "http://0x7f.1:8080/",
    "http://169.254.169.254/latest/meta-data/",
    "http://metadata.google.internal/",
    "http://10.1.2.3.evil.example:8080/",
    "http://admin:x@10.1.2.3:8080/",
    "http://10.1.2.3:8080@evil.example/",
  ])
    test(`${url} is refused`, () => {
      assert.throws(() => checkAddress(camera, url), { name: "CameraFailure", trouble: "address_refused" });
    });
});

const plan = (url: string): CameraPlan => ({
  camera_id: "00000000-0000-4000-8000-000000000001",
  stream: "main",
  kind: "hls",
  url,
  username: null,
  password: null,
  allow: [],
});

describe("a camera that is registered where none may stand", () => {
  for (const host of [
    "127.0.0.1",
    "localhost",
    "0.0.0.0",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "169.254.169.254",
    "100.100.100.200",
    "168.63.129.16",
    "[fd20:ce::254]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "224.0.0.1",
    "2130706433",
    "0177.0.0.1",
  ])
    test(`${host} is never connected to`, async () => {
      const url = `http://${host}:8080/index.m3u8`;
      await assert.rejects(fetchCamera(cameraEgress([]), plan(url), url, { role: "playlist" }), {
        trouble: "address_refused",
      });
    });

  test("unless the operator's own file allows it; then a redirect elsewhere is refused all the same", async () => {
    const server = createServer((request, response) => {
      if (request.url === "/index.m3u8") response.end("#EXTM3U\n");
      else response.writeHead(302, { location: "http://169.254.169.254/latest/" }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const base = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
    const egress = cameraEgress(["127.0.0.0/8"]);
    const answer = await fetchCamera(egress, plan(`${base}/index.m3u8`), `${base}/index.m3u8`, { role: "playlist" });
    assert.equal(answer.body.toString(), "#EXTM3U\n");
    await assert.rejects(fetchCamera(egress, plan(`${base}/index.m3u8`), `${base}/x.ts`, { role: "part" }), {
      trouble: "address_refused",
    });
    server.close();
  });
});
