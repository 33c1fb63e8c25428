import type { IncomingMessage } from "node:http";
import { jsonOf, type Log, messageOf } from "@banksman/kit";
import type { KeyFrame } from "@banksman/video";
import { WALL_HEADER_BYTES, type WallMessage, WallShow } from "@banksman/wire/api";
import { WebSocket, WebSocketServer } from "ws";
import { type Caller, sitesOf } from "../http/caller.ts";
import { HttpProblem } from "../http/problem.ts";
import { acceptUpgrades, type Upgrade } from "../http/upgrades.ts";
import type { CameraService } from "./cameras.ts";
import type { Onlooker, Pictures } from "./pictures.ts";

const HEARTBEAT_MS = 25_000;
/** Whoever takes pictures slower than this gets the next ones later: old ones are of no use. */
const BEHIND_BYTES = 512 * 1024;
const SIGNED_OUT = 4401;

type Parts = {
  identify: (request: IncomingMessage) => Promise<Caller>;
  again: (caller: Caller, request: IncomingMessage) => Promise<Caller>;
  allowsOrigin: (request: IncomingMessage) => boolean;
  cameras: Pick<CameraService, "find">;
  pictures: Pick<Pictures, "show" | "leave">;
  log: Log;
};

export type WallServer = {
  upgrade: Upgrade;
  recheck: (userNo: number | "all") => void;
  close: () => void;
};

/** Key frames of many cameras over one connection: a client says which it shows, and gets each new picture of them. */
export function serveWall(parts: Parts): WallServer {
  const clients = new Set<Client>();
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 });
  const upgrade = acceptUpgrades(sockets, {
    identify: parts.identify,
    refuses: ({ is }, request) => {
      if (!parts.allowsOrigin(request)) return "403 Forbidden";
      return is === "person" ? null : "401 Unauthorized";
    },
    welcome: (webSocket, request, caller) => {
      const client = new Client(webSocket, request, caller, parts);
      clients.add(client);
      webSocket.on("close", () => clients.delete(client));
    },
    what: "the video wall",
    log: parts.log,
  });
  const heartbeat = setInterval(() => {
    for (const client of clients) client.beat();
  }, HEARTBEAT_MS);
  return {
    upgrade,
    recheck: (userNo) => {
      for (const client of clients) if (userNo === "all" || client.userNo === userNo) client.recheck();
    },
    close: () => {
      clearInterval(heartbeat);
      for (const client of clients) client.close();
      sockets.close();
    },
  };
}

class Client {
  readonly #socket: WebSocket;
  readonly #request: IncomingMessage;
  readonly #parts: Parts;
  #caller: Caller;
  #alive = true;
  /** Each camera that is shown: the number its pictures carry, and who is told of them. */
  #shown = new Map<string, { number: number; onlooker: Onlooker }>();
  #numbers = 0;
  /** Messages are taken one after another. */
  #inTurn: Promise<void> = Promise.resolve();

  constructor(socket: WebSocket, request: IncomingMessage, caller: Caller, parts: Parts) {
    this.#socket = socket;
    this.#request = request;
    this.#caller = caller;
    this.#parts = parts;
    socket.on("pong", () => {
      this.#alive = true;
    });
    socket.on("error", () => socket.terminate());
    socket.on("close", () => this.#leaveAll());
    socket.on("message", (data) => {
      this.#inTurn = this.#inTurn.then(() => this.#take(String(data))).catch((error: unknown) => this.#explain(error));
    });
  }

  get userNo(): number | null {
    return this.#caller.is === "person" ? this.#caller.userNo : null;
  }

  beat(): void {
    if (!this.#alive) this.#socket.terminate();
    this.#alive = false;
    this.#socket.ping();
    this.recheck();
  }

  /** Whoever may no longer see a camera is not shown it any more; whoever is signed out is sent away. */
  recheck(): void {
    this.#inTurn = this.#inTurn
      .then(async () => {
        this.#caller = await this.#parts.again(this.#caller, this.#request);
        if (this.#caller.is !== "person") return this.#socket.close(SIGNED_OUT, "signed out");
        for (const [cameraId, { onlooker }] of this.#shown) {
          const sites = sitesOf(this.#caller, "video.watch");
          await this.#parts.cameras.find(cameraId, sites).catch(() => this.#leave(cameraId, onlooker));
        }
      })
      .catch((error: unknown) => this.#explain(error));
  }

  close(): void {
    this.#socket.close(1001, "the server stops");
    this.#leaveAll();
  }

  async #take(text: string): Promise<void> {
    const wish = WallShow.safeParse(jsonOf(text));
    if (!wish.success)
      return this.#send({ type: "problem", code: "INVALID_INPUT", detail: "not a message of the video wall" });
    const { camera_ids, width_px: widthPx } = wish.data;
    const wanted = new Set(camera_ids);
    for (const { onlooker } of this.#shown.values()) onlooker.widthPx = widthPx;
    for (const [cameraId, { onlooker }] of this.#shown) if (!wanted.has(cameraId)) this.#leave(cameraId, onlooker);
    const sites = sitesOf(this.#caller, "video.watch");
    // One that is not there, or not for this caller, is left out of the answer.
    const rows = await Promise.all([...wanted].map((id) => this.#parts.cameras.find(id, sites).catch(() => null)));
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const found = rows.flatMap((row) => row ?? []);
    const fresh = found.filter(({ camera_id }) => !this.#shown.has(camera_id));
    for (const { camera_id } of fresh) {
      this.#numbers = (this.#numbers + 1) % 65_536;
      this.#shown.set(camera_id, { number: this.#numbers, onlooker: this.#onlooker(camera_id, widthPx) });
    }
    const cameras = found.flatMap(({ camera_id }) => {
      const number = this.#shown.get(camera_id)?.number;
      return number === undefined ? [] : [{ camera_id, number }];
    });
    this.#send({ type: "shown", cameras });
    for (const row of fresh) {
      const one = this.#shown.get(row.camera_id);
      if (one) this.#parts.pictures.show(row.camera_id, one.onlooker);
    }
  }

  #onlooker(cameraId: string, widthPx: number): Onlooker {
    return {
      widthPx,
      trouble: (_, trouble) => this.#send({ type: "trouble", camera_id: cameraId, trouble }),
      picture: (_, frame) => this.#sendPicture(cameraId, frame),
    };
  }

  #sendPicture(cameraId: string, { jpeg, takenAtMs }: KeyFrame): void {
    const number = this.#shown.get(cameraId)?.number;
    if (number === undefined || this.#socket.bufferedAmount > BEHIND_BYTES) return;
    const frame = Buffer.allocUnsafe(WALL_HEADER_BYTES + jpeg.length);
    frame.writeUInt16BE(number, 0);
    frame.writeDoubleBE(takenAtMs, 2);
    jpeg.copy(frame, WALL_HEADER_BYTES);
    this.#socket.send(frame);
  }

  #leave(cameraId: string, onlooker: Onlooker): void {
    this.#shown.delete(cameraId);
    this.#parts.pictures.leave(cameraId, onlooker);
  }

  #leaveAll(): void {
    for (const [cameraId, { onlooker }] of this.#shown) this.#leave(cameraId, onlooker);
  }

  #explain(error: unknown): void {
    if (error instanceof HttpProblem) {
      this.#send({ type: "problem", code: error.body.code ?? "PROBLEM", detail: error.message });
      return;
    }
    this.#parts.log.warn({ err: error }, `the video wall fails: ${messageOf(error)}`);
    this.#socket.close(1011, "server error");
  }

  #send(message: WallMessage): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}
