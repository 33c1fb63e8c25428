import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { SimCamera } from "./camera.ts";

export const HUGE_BYTES = 200_000_000;
const SLOW_BYTES_PER_S = 4_000;
const SLOW_EVERY_MS = 100;
const SLOW_BYTES = (SLOW_BYTES_PER_S * SLOW_EVERY_MS) / 1_000;
const ZEROS = Buffer.alloc(64 * 1_024);

/** Sends a body as fast as the camera's link is. */
export async function send(camera: SimCamera, response: ServerResponse, body: Buffer): Promise<void> {
  if (camera.fault !== "slow_link") {
    camera.counts.bytes_sent += body.length;
    response.end(body);
    return;
  }
  for (let at = 0; at < body.length && !response.destroyed; at += SLOW_BYTES) {
    const part = body.subarray(at, at + SLOW_BYTES);
    camera.counts.bytes_sent += part.length;
    response.write(part);
    await new Promise((resolve) => setTimeout(resolve, SLOW_EVERY_MS));
  }
  response.end();
}

/** Sends as many bytes as fit the link, made while they go: they are never held. */
export async function sendHuge(camera: SimCamera, response: ServerResponse): Promise<void> {
  function* zeros() {
    for (let left = HUGE_BYTES; left > 0; left -= ZEROS.length) {
      const part = ZEROS.subarray(0, Math.min(left, ZEROS.length));
      camera.counts.bytes_sent += part.length;
      yield part;
    }
  }
  // Whoever has had enough hangs up: that is what it is for.
  await pipeline(Readable.from(zeros()), response).catch(() => {});
}
