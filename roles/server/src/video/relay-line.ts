import { jsonOf } from "@banksman/kit";
import { CameraFailure } from "@banksman/video";
import { VIDEO_HEADER_BYTES, VideoAnswer, type VideoAsk } from "@banksman/wire/link";
import type { RawData, WebSocket } from "ws";

export const PATIENCE_MS = 30_000;
/** Questions that one edge, or all other servers, have not answered yet. */
export const MOST_OPEN = 500;

type WithoutRequest<T> = T extends unknown ? Omit<T, "request"> : never;
/** What a site's edge is asked for; its number is counted where it is sent. */
export type Ask = WithoutRequest<VideoAsk>;
/** What came of it. */
export type Reply = { url: string; type: string; takenAtMs: number | null; body: Buffer };

type Open = {
  resolve: (reply: Reply) => void;
  reject: (error: unknown) => void;
  timer: NodeJS.Timeout;
  head: Extract<VideoAnswer, { type: "answer" }> | null;
  parts: Buffer[];
  bytes: number;
};

/** One edge's connection, and what it has been asked and not answered. */
export class Line {
  readonly #socket: WebSocket;
  readonly #open = new Map<number, Open>();
  #requests = 0;
  #alive = true;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("pong", () => {
      this.#alive = true;
    });
    socket.on("error", () => socket.terminate());
    socket.on("message", (data, isBinary) => (isBinary ? this.#takePiece(data) : this.#takeHead(String(data))));
  }

  beat(): void {
    if (!this.#alive) this.#socket.terminate();
    this.#alive = false;
    this.#socket.ping();
  }

  close(): void {
    this.#socket.close(1001, "the server stops");
  }

  /** The connection is gone: nothing that was asked over it will be answered. */
  end(): void {
    for (const request of [...this.#open.keys()])
      this.#fail(request, new CameraFailure("no_edge", "the edge's connection was lost"));
  }

  ask(ask: Ask): Promise<Reply> {
    if (this.#open.size >= MOST_OPEN)
      return Promise.reject(new CameraFailure("at_limit", "the site's edge is asked for more than it can answer"));
    this.#requests += 1;
    const request = this.#requests;
    return new Promise((resolve, reject) => {
      const late = () => this.#fail(request, new CameraFailure("too_slow", "the site's edge did not answer in time"));
      const timer = setTimeout(late, PATIENCE_MS);
      this.#open.set(request, { resolve, reject, timer, head: null, parts: [], bytes: 0 });
      this.#socket.send(JSON.stringify({ ...ask, request } satisfies VideoAsk));
    });
  }

  #takeHead(text: string): void {
    const said = VideoAnswer.safeParse(jsonOf(text));
    if (!said.success) {
      this.#socket.close(1008, "not an answer");
      return;
    }
    const { data } = said;
    const open = this.#open.get(data.request);
    if (!open) return;
    if (data.type === "failure") this.#fail(data.request, new CameraFailure(data.trouble, data.detail));
    else {
      open.head = data;
      this.#finish(data.request, open);
    }
  }

  #takePiece(data: RawData): void {
    const frame = Buffer.isBuffer(data) ? data : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    if (frame.length < VIDEO_HEADER_BYTES) return;
    const request = frame.readUInt32BE(0);
    const open = this.#open.get(request);
    if (!open?.head) return;
    const piece = frame.subarray(VIDEO_HEADER_BYTES);
    open.parts.push(piece);
    open.bytes += piece.length;
    this.#finish(request, open);
  }

  #finish(request: number, { head, parts, bytes, timer, resolve }: Open): void {
    if (!head || bytes < head.bytes) return;
    clearTimeout(timer);
    this.#open.delete(request);
    resolve({ url: head.url, type: head.content_type, takenAtMs: head.taken_at_ms, body: Buffer.concat(parts) });
  }

  #fail(request: number, error: CameraFailure): void {
    const open = this.#open.get(request);
    if (!open) return;
    clearTimeout(open.timer);
    this.#open.delete(request);
    open.reject(error);
  }
}
