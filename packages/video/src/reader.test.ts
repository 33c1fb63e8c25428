import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import { test } from "node:test";
import { createLog } from "@banksman/kit";
import { tempFolder } from "@banksman/testkit";
import type { CameraPlan } from "@banksman/wire/model";
import { cameraEgress } from "./address.ts";
import { createCameraReader } from "./reader.ts";
import { CameraFailure } from "./trouble.ts";

const planOf = (url: string): CameraPlan => ({
  ...{ camera_id: "00000000-0000-4000-8000-000000000001", stream: "main", kind: "rtsp", url },
  ...{ username: "admin", password: "s3cret/pass", allow: [] },
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

test("an RTSP camera that sends ffmpeg elsewhere gets nobody there, and nothing of it is told", async () => {
  await using folder = await tempFolder();
  let visitors = 0;
  const inner = createServer((socket) => {
    visitors += 1;
    socket.destroy();
  });
  const innerPort = await listen(inner);
  let asked = 0;
  const camera = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      asked += 1;
      const sequence = /CSeq: (\d+)/i.exec(chunk.toString())?.[1] ?? "1";
      const moved = `RTSP/1.0 302 Moved\r\nCSeq: ${sequence}\r\nLocation: rtsp://127.0.0.1:${innerPort}/metadata\r\n\r\n`;
      // In two pieces, so that neither holds the status by itself.
      socket.write(moved.slice(0, 10));
      setImmediate(() => socket.write(moved.slice(10)));
    });
  });
  const port = await listen(camera);
  const reader = createCameraReader({
    ...{ egress: cameraEgress(["127.0.0.0/8"]), workDir: folder.path, mostProcesses: 2 },
    log: createLog("test", "silent"),
  });
  const refused = reader.read(planOf(`rtsp://127.0.0.1:${port}/live`), null, { role: "playlist" });
  await assert.rejects(refused, (error: unknown) => {
    assert.ok(error instanceof CameraFailure && error.trouble === "address_refused");
    assert.doesNotMatch(error.message, /s3cret|admin|127\.0\.0\.1/);
    return true;
  });
  assert.ok(asked > 0);
  assert.equal(visitors, 0);
  await reader.close();
  camera.close();
  inner.close();
});

test("an RTSP camera that isn't there, cuts its connections or speaks something else is told by its word", async () => {
  await using folder = await tempFolder();
  const reader = createCameraReader({
    ...{ egress: cameraEgress(["127.0.0.0/8"]), workDir: folder.path, mostProcesses: 5 },
    log: createLog("test", "silent"),
  });
  const gone = createServer();
  const closed = await listen(gone);
  await new Promise((resolve) => gone.close(resolve));
  const cuts = createServer((socket) =>
    socket.on("error", () => undefined).once("data", () => socket.resetAndDestroy()),
  );
  const page = createServer((socket) =>
    socket
      .on("error", () => undefined)
      .once("data", () => socket.end("HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<p>")),
  );
  for (const [n, port, trouble] of [
    [1, closed, "unreachable"],
    [2, await listen(cuts), "unreachable"],
    [3, await listen(page), "not_video"],
  ] as const) {
    const plan = { ...planOf(`rtsp://127.0.0.1:${port}/live`), camera_id: `00000000-0000-4000-8000-00000000000${n}` };
    await assert.rejects(reader.read(plan, null, { role: "playlist" }), { trouble });
  }
  await reader.close();
  cuts.close();
  page.close();
});

test("no more cameras are read by ffmpeg at once than may be, however many are asked for together", async () => {
  await using folder = await tempFolder();
  const camera = createServer((socket) => socket.on("error", () => undefined));
  const port = await listen(camera);
  const reader = createCameraReader({
    ...{ egress: cameraEgress(["127.0.0.0/8"]), workDir: folder.path, mostProcesses: 2 },
    log: createLog("test", "silent"),
  });
  const asked = Array.from({ length: 6 }, (_, n) =>
    reader
      .read(
        { ...planOf(`rtsp://127.0.0.1:${port}/live`), camera_id: `00000000-0000-4000-8000-00000000000${n}` },
        null,
        {
          role: "playlist",
        },
      )
      .catch((error: { trouble?: string }) => error.trouble),
  );
  assert.equal(
    (await Promise.all(asked.slice(2))).every((trouble) => trouble === "at_limit"),
    true,
  );
  assert.equal(reader.running(), 2);
  await reader.close();
  camera.close();
});
