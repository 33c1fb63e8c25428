import { WALL_HEADER_BYTES, WALL_PATH, WallMessage, type WallShow } from "@banksman/wire/api";
import type { CameraTrouble } from "@banksman/wire/model";
import { reconnectDelay } from "../../api/live-client.ts";

export type WallEvents = {
  onPicture: (cameraId: string, takenAt: number, jpeg: Uint8Array<ArrayBuffer>) => void;
  onTrouble: (cameraId: string, trouble: CameraTrouble | null) => void;
  /** The server refuses: the cameras that were asked for stay without newer pictures. */
  onProblem: (problem: string) => void;
  /** The server takes nobody to be signed in: ask whether that is so. */
  onSignedOut: () => void;
};

const SIGNED_OUT = 4401;

/** The one connection that brings key frames of all cameras on the wall. It connects again by itself until it is closed. */
export class WallClient {
  readonly #events: WallEvents;
  readonly #connect: () => WebSocket;
  #socket: WebSocket | null = null;
  #timer = 0;
  #attempt = 0;
  #isClosed = false;
  #wanted: WallShow = { type: "show", camera_ids: [], width_px: 320 };
  #names = new Map<number, string>();

  constructor(events: WallEvents, connect = () => new WebSocket(WALL_PATH)) {
    this.#events = events;
    this.#connect = connect;
    this.#open();
  }

  /** The cameras that are on the screen from now on, and how wide each is drawn. */
  show(cameraIds: readonly string[], widthPx: number): void {
    this.#wanted = { type: "show", camera_ids: [...cameraIds], width_px: Math.min(640, Math.max(80, widthPx)) };
    this.#send();
  }

  close(): void {
    this.#isClosed = true;
    window.clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #open(): void {
    const socket = this.#connect();
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    let wasOpen = false;
    socket.onopen = () => {
      wasOpen = true;
      this.#send();
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => this.#take(data);
    socket.onclose = ({ code }) => {
      if (this.#isClosed) return;
      // A server that takes nobody to be signed in doesn't even open it.
      if (code === SIGNED_OUT || !wasOpen) this.#events.onSignedOut();
      this.#timer = window.setTimeout(() => this.#open(), reconnectDelay(this.#attempt, Math.random));
      this.#attempt += 1;
    };
  }

  #send(): void {
    if (this.#socket?.readyState === 1 && this.#wanted.camera_ids.length > 0)
      this.#socket.send(JSON.stringify(this.#wanted));
  }

  #take(data: unknown): void {
    if (data instanceof ArrayBuffer) this.#takePicture(data);
    else if (typeof data === "string") this.#takeWords(data);
  }

  #takePicture(data: ArrayBuffer): void {
    if (data.byteLength <= WALL_HEADER_BYTES) return;
    const header = new DataView(data, 0, WALL_HEADER_BYTES);
    const cameraId = this.#names.get(header.getUint16(0));
    if (cameraId === undefined) return;
    this.#attempt = 0;
    this.#events.onPicture(cameraId, header.getFloat64(2), new Uint8Array(data, WALL_HEADER_BYTES));
  }

  #takeWords(text: string): void {
    const message = WallMessage.safeParse(JSON.parse(text)).data;
    if (message?.type === "shown")
      this.#names = new Map(message.cameras.map(({ number, camera_id }) => [number, camera_id]));
    if (message?.type === "trouble") this.#events.onTrouble(message.camera_id, message.trouble);
    if (message?.type !== "problem") return;
    if (message.code !== "NOT_SIGNED_IN") this.#events.onProblem(message.detail);
    else {
      this.#events.onSignedOut();
      this.#socket?.close();
    }
  }
}
