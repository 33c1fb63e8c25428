import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { test } from "node:test";
import { createLog } from "@banksman/kit";
import { tempFolder, waitFor } from "@banksman/testkit";
import type { CameraPlan } from "@banksman/wire/model";
import { cameraEgress } from "./address.ts";
import { createCameraReader } from "./reader.ts";
import { openRtspDoor } from "./rtsp-door.ts";
import { CameraFailure } from "./trouble.ts";

const planOf = (url: string): CameraPlan => ({
  ...{ camera_id: "00000000-0000-4000-8000-000000000001", stream: "main", kind: "rtsp", url },
  ...{ username: "admin", password: "s3cret/pass", allow: [] },
});

/** A camera that answers so to each question, and then ends the connection. */
const endsAfter = (status: string): Server =>
  createServer((socket) =>
    socket
      .on("error", () => undefined)
      .once("data", (chunk) => {
        const sequence = /CSeq: (\d+)/i.exec(chunk.toString())?.[1] ?? "1";
        socket.end(`RTSP/1.0 ${status}\r\nCSeq: ${sequence}\r\n\r\n`);
      }),
  );

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
  const [shut, bare] = [endsAfter("401 Unauthorized"), endsAfter("404 Stream Not Found")];
  for (const [n, port, trouble] of [
    [1, closed, "unreachable"],
    [2, await listen(cuts), "unreachable"],
    [3, await listen(page), "not_video"],
    [4, await listen(shut), "refused_sign_in"],
    [5, await listen(bare), "not_found"],
  ] as const) {
    const plan = { ...planOf(`rtsp://127.0.0.1:${port}/live`), camera_id: `00000000-0000-4000-8000-00000000000${n}` };
    await assert.rejects(reader.read(plan, null, { role: "playlist" }), { trouble });
  }
  await reader.close();
  for (const one of [cuts, page, shut, bare]) one.close();
});

test("an RTSP camera is asked for what one line can hold", async () => {
  const asked = Promise.withResolvers<string>();
  const camera = createServer((socket) =>
    socket.on("error", () => undefined).once("data", (chunk) => asked.resolve(chunk.toString())),
  );
  await using folder = await tempFolder();
  const reader = createCameraReader({
    ...{ egress: cameraEgress(["127.0.0.0/8"]), workDir: folder.path, mostProcesses: 1 },
    log: createLog("test", "silent"),
  });
  const port = await listen(camera);
  const url = `rtsp://:inner@127.0.0.1:${port}/hall 1/übersicht\r\nX-Odd: 1`;
  const read = reader.read(planOf(url), null, { role: "playlist" }).catch(() => undefined);
  const [first, ...headers] = (await asked.promise).split("\r\n");
  assert.match(first ?? "", / rtsp:\/\/127\.0\.0\.1:\d+\/hall%201\/%C3%BCbersichtX-Odd:%201 RTSP\/1\.0$/);
  assert.ok(!headers.some((line) => line.startsWith("X-Odd")));
  await reader.close();
  await read;
  camera.close();
});

test("a door lets one player at a time through, and the next when that one left", async () => {
  let visitors = 0;
  const camera = createServer((socket) => {
    visitors += 1;
    socket
      .on("error", () => undefined)
      .on("data", (chunk) =>
        socket.write(`RTSP/1.0 200 OK\r\nCSeq: ${chunk.toString().split("CSeq: ")[1]?.trim()}\r\n\r\n`),
      );
  });
  const door = await openRtspDoor({
    address: "127.0.0.1",
    port: await listen(camera),
    url: "rtsp://cam/",
    credentials: null,
  });
  const play = async (): Promise<Socket | null> => {
    const player = connect(Number(new URL(door.url).port), "127.0.0.1");
    player.on("error", () => undefined).write(`OPTIONS ${door.url} RTSP/1.0\r\nCSeq: 1\r\n\r\n`);
    return (await Promise.race([once(player, "data"), once(player, "close")]))[0] instanceof Buffer ? player : null;
  };
  const first = await play();
  assert.ok(first);
  assert.equal(await play(), null);
  first.destroy();
  const next = await waitFor("the door to be free", play);
  next.destroy();
  assert.equal(visitors, 2);
  door.close();
  camera.close();
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
