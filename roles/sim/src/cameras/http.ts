import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { messageOf } from "@banksman/kit";
import type { SimCamera } from "./camera.ts";
import { askedOf, hlsAnswer, METADATA_URL } from "./hls.ts";
import { listen } from "./listen.ts";
import { playMjpeg } from "./mjpeg.ts";
import { LISTED } from "./playlist.ts";
import { HUGE_BYTES, sendHuge, writeOver } from "./sending.ts";
import { mayEnter, type SignIn } from "./sign-in.ts";

export type HttpPlace = { host: string; port: number; signIn: SignIn | undefined };
const HTML = "<!doctype html><title>Login</title><h1>Please sign in</h1>";

/** All cameras behind one listener, each in a folder of its own. */
export async function serveCamerasHttp(
  cameras: ReadonlyMap<string, SimCamera>,
  { host, port, signIn }: HttpPlace,
): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer((request, response) => {
    answer(request, response, cameras, signIn).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else plain(response, 500, messageOf(error));
    });
  });
  const bound = await listen(server, host, port);
  return {
    port: bound,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function plain(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", ...headers }).end(`${text}\n`);
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  cameras: ReadonlyMap<string, SimCamera>,
  signIn: SignIn | undefined,
): Promise<void> {
  const [, id = "", path = ""] = /^\/([^/?]+)\/([^?]*)/.exec(request.url ?? "") ?? [];
  const camera = cameras.get(id);
  if (!camera) return plain(response, 404, "there is no such camera");
  if (camera.fault === "dead") {
    request.socket.resetAndDestroy();
    return;
  }
  if (!mayEnter(camera, signIn, request.headers.authorization))
    return plain(response, 401, "who are you?", { "www-authenticate": 'Basic realm="camera"' });
  if (camera.fault === "wrong_type") {
    response.writeHead(200, { "content-type": "text/html" }).end(HTML);
    return;
  }
  await play(camera, path, response);
}

async function play(camera: SimCamera, path: string, response: ServerResponse): Promise<void> {
  if (path === "mjpeg") {
    if (camera.fault === "segment_404") return plain(response, 404, "there is no such thing");
    if (camera.fault === "inner_address") {
      response.writeHead(302, { location: METADATA_URL }).end();
      return;
    }
    return await playMjpeg(camera, response);
  }
  const asked = askedOf(path);
  if (!asked) return plain(response, 404, "there is no such thing");
  if (asked.is === "segment") camera.countSegment(path);
  else if (asked.is !== "map") camera.counts.playlists++;
  if (asked.is === "segment" && camera.fault === "inner_address" && asked.number % LISTED === 3) {
    response.writeHead(302, { location: METADATA_URL }).end();
    return;
  }
  if (asked.is === "segment" && camera.fault === "huge_segment") {
    // Every second one doesn't tell its length ahead.
    const length = asked.number % 2 === 0 ? { "content-length": HUGE_BYTES } : {};
    response.writeHead(200, { "content-type": "video/mp2t", ...length });
    return await sendHuge(camera, response);
  }
  const found = await hlsAnswer(camera, asked);
  if (!found) return plain(response, 404, "there is no such segment");
  const body = Buffer.from(found.body);
  const caching = found.type.includes("mpegurl") ? "no-cache" : "max-age=60";
  response.writeHead(200, { "content-type": found.type, "content-length": body.length, "cache-control": caching });
  await writeOver(camera, response, body);
  response.end();
}
