import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { SimCamera } from "./camera.ts";

export const HUGE_BYTES = 200_000_000;
const SLOW_BYTES_PER_S = 4_000;
const SLOW_EVERY_MS = 100;
const SLOW_BYTES = (SLOW_BYTES_PER_S * SLOW_EVERY_MS) / 1_000;
const ZEROS = Buffer.alloc(64 * 1_024);

/** Writes bytes as fast as the camera's link is. */
export async function writeOver(camera: SimCamera, to: Writable, bytes: Buffer): Promise<void> {
  if (camera.fault !== "slow_link") {
    camera.counts.bytes_sent += bytes.length;
    to.write(bytes);
    return;
  }
  for (let at = 0; at < bytes.length && !to.destroyed; at += SLOW_BYTES) {
    const part = bytes.subarray(at, at + SLOW_BYTES);
    camera.counts.bytes_sent += part.length;
    to.write(part);
    await sleep(SLOW_EVERY_MS);
  }
}

/** Sends as many bytes as fit the link, made while they go: they are never held. */
export async function sendHuge(camera: SimCamera, to: Writable): Promise<void> {
  function* zeros() {
    for (let left = HUGE_BYTES; left > 0; left -= ZEROS.length) {
      const part = ZEROS.subarray(0, Math.min(left, ZEROS.length));
      camera.counts.bytes_sent += part.length;
      yield part;
    }
  }
  // Whoever has had enough hangs up: that is what it is for.
  await pipeline(Readable.from(zeros()), to).catch(() => {});
}
