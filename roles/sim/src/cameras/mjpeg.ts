import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { SimCamera } from "./camera.ts";
import { STILLS_PER_S } from "./picture.ts";
import { HUGE_BYTES, sendHuge, writeOver } from "./sending.ts";

const STILL_MS = 1_000 / STILLS_PER_S;
const BOUNDARY = "picture";

const headOf = (length: number) =>
  Buffer.from(`--${BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: ${length}\r\n\r\n`);

/** Sends the loop's stills, one after the other by the camera's clock, until the reader leaves. */
export async function playMjpeg(camera: SimCamera, response: ServerResponse): Promise<void> {
  const { stills } = await camera.loop();
  const gone = new AbortController();
  const closed = camera.openStream();
  response.once("close", () => {
    closed();
    gone.abort();
  });
  response.writeHead(200, {
    "content-type": `multipart/x-mixed-replace; boundary=${BOUNDARY}`,
    "cache-control": "no-cache",
  });
  for (let shown = -1; !gone.signal.aborted; ) {
    if (camera.fault === "dead") return void response.destroy();
    if (camera.fault === "huge_segment") {
      response.write(headOf(HUGE_BYTES));
      return await sendHuge(camera, response);
    }
    const number = Math.floor(camera.now() / STILL_MS);
    const still = stills[number % stills.length];
    // A reader that can't keep up misses pictures, as with a real one.
    if (still && number !== shown && !response.writableNeedDrain) {
      shown = number;
      await writeOver(camera, response, Buffer.concat([headOf(still.length), still, Buffer.from("\r\n")]));
    }
    await sleep(STILL_MS, undefined, { signal: gone.signal }).catch(() => {});
  }
}
