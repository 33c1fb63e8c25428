import { randomInt } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { SimCamera } from "./camera.ts";
import { jumpAt } from "./hls.ts";
import { SEGMENT_S } from "./picture.ts";
import { packetsOf, RTP_HZ, type Track } from "./rtp.ts";
import { writeOver } from "./sending.ts";

const STALLED_MS = 100;

/** The pictures of one session, from a key frame on, as fast as they were taken. */
export class RtspStream {
  readonly #camera: SimCamera;
  readonly #track: Track;
  readonly #socket: Socket;
  readonly #sequence: { next: number; ssrc: number; channel: number };
  /** The first picture's number: that of a key frame. */
  readonly #first: number;
  readonly #stopped = new AbortController();
  #plays = false;

  constructor(camera: SimCamera, track: Track, socket: Socket, channel: number) {
    this.#camera = camera;
    this.#track = track;
    this.#socket = socket;
    this.#first = Math.floor(camera.now() / 1_000 / SEGMENT_S) * track.fps * SEGMENT_S;
    this.#sequence = { next: randomInt(2 ** 16), ssrc: randomInt(2 ** 32), channel };
  }

  /** Where the stream begins, as the answer to PLAY tells it. */
  get beginning(): string {
    return `seq=${this.#sequence.next};rtptime=${this.#ticksAt(this.#first) % 2 ** 32}`;
  }

  play(): void {
    if (this.#plays) return;
    this.#plays = true;
    const closed = this.#camera.openStream();
    this.#stopped.signal.addEventListener("abort", closed, { once: true });
    // A connection that went away ends it, and that is the reader's right.
    this.#run().catch(() => this.#socket.destroy());
  }

  stop(): void {
    this.#stopped.abort();
  }

  #ticksAt(number: number): number {
    const { fps } = this.#track;
    const jumpS = this.#camera.fault === "discontinuity" ? jumpAt(Math.floor(number / fps / SEGMENT_S)) : 0;
    return Math.round((number / fps + jumpS) * RTP_HZ);
  }

  async #run(): Promise<void> {
    const { fps, pictures } = this.#track;
    const signal = this.#stopped.signal;
    let dueMs = performance.now();
    for (let number = this.#first; !signal.aborted; number++) {
      while (this.#camera.fault === "stall" && !signal.aborted) {
        await sleep(STALLED_MS);
        dueMs = performance.now();
      }
      if (this.#camera.fault === "dead") return void this.#socket.resetAndDestroy();
      const payloads = pictures[number % pictures.length] ?? [];
      const packets = packetsOf(payloads, this.#ticksAt(number), this.#sequence);
      await writeOver(this.#camera, this.#socket, packets);
      if (this.#socket.writableNeedDrain) await once(this.#socket, "drain", { signal });
      dueMs += 1_000 / fps;
      await sleep(Math.max(0, dueMs - performance.now()), undefined, { signal });
    }
  }
}
