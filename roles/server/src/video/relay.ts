import type { IncomingMessage } from "node:http";
import { jsonOf, type Log } from "@banksman/kit";
import { type CameraAnswer, CameraFailure, type KeyFrame, type Wish } from "@banksman/video";
import { VIDEO_HEADER_BYTES, VideoAnswer, type VideoAsk } from "@banksman/wire/link";
import type { CameraPlan } from "@banksman/wire/model";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { Caller } from "../http/caller.ts";
import { acceptUpgrades, type Upgrade } from "../http/upgrades.ts";

const HEARTBEAT_MS = 10_000;
const PATIENCE_MS = 30_000;
const MAX_FRAME_BYTES = 256 * 1024;
const MOST_OPEN = 500;

type Reply = { url: string; type: string; takenAtMs: number | null; body: Buffer };
type Open = {
  resolve: (reply: Reply) => void;
  reject: (error: unknown) => void;
  timer: NodeJS.Timeout;
  head: Extract<VideoAnswer, { type: "answer" }> | null;
  parts: Buffer[];
  bytes: number;
};

export type Relay = {
  upgrade: Upgrade;
  read: (siteNo: number, plan: CameraPlan, address: string | null, wish: Wish) => Promise<CameraAnswer>;
  /** `once`: of a camera that is only tried. */
  keyFrame: (siteNo: number, plan: CameraPlan, widthPx: number, once: boolean) => Promise<KeyFrame>;
  close: () => void;
};

type Parts = { identify: (request: IncomingMessage) => Promise<Caller>; log: Log };

/** Cameras that the site's edge reads for the server: each edge holds a connection of its own for that. */
export function serveRelay({ identify, log }: Parts): Relay {
  const lines = new Map<number, Set<Line>>();
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES });

  const welcome = (socket: WebSocket, siteNo: number): void => {
    const line = new Line(socket);
    const own = lines.get(siteNo) ?? new Set();
    lines.set(siteNo, own.add(line));
    socket.on("close", () => {
      own.delete(line);
      line.end();
    });
  };
  const upgrade = acceptUpgrades(sockets, {
    identify,
    refuses: ({ is }) => (is === "collector" ? null : "401 Unauthorized"),
    welcome: (webSocket, _, caller) => {
      if (caller.is === "collector") welcome(webSocket, caller.siteNo);
    },
    what: "a line for pictures",
    log,
  });
  const heartbeat = setInterval(() => {
    for (const own of lines.values()) for (const line of own) line.beat();
  }, HEARTBEAT_MS);

  const lineOf = (siteNo: number): Line => {
    const newest = [...(lines.get(siteNo) ?? [])].at(-1);
    if (newest) return newest;
    throw new CameraFailure("no_edge", "no edge of the site is connected that could read its cameras");
  };
  return {
    upgrade,
    read: async (siteNo, plan, address, { role, byteRange = null }) => {
      const ask = { type: "read" as const, plan, address, role, byte_range: byteRange };
      const { url, type, body } = await lineOf(siteNo).ask(ask);
      return { url, type, body };
    },
    keyFrame: async (siteNo, plan, width_px, once) => {
      const { takenAtMs, body } = await lineOf(siteNo).ask({ type: "key_frame", plan, width_px, once });
      return { jpeg: body, takenAtMs: takenAtMs ?? Date.now() };
    },
    close: () => {
      clearInterval(heartbeat);
      for (const own of lines.values()) for (const line of own) line.close();
      sockets.close();
    },
  };
}

type WithoutRequest<T> = T extends unknown ? Omit<T, "request"> : never;

/** One edge's connection, and what it has been asked and not answered. */
class Line {
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

  ask(ask: WithoutRequest<VideoAsk>): Promise<Reply> {
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
