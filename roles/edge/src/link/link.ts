import { type Clock, jsonOf, type Log } from "@banksman/kit";
import { COLLECTOR_LINK_PATH, type EdgeFrame, ServerFrame } from "@banksman/wire/link";
import { WebSocket } from "ws";
import { type Course, keepConnected, type ServerAddress } from "./keep-connected.ts";

type Options = ServerAddress & {
  hello: () => Extract<EdgeFrame, { type: "hello" }>;
  onFrame: (frame: ServerFrame) => void;
  clock: Clock;
  log: Log;
};

const MAX_FRAME_BYTES = 4 * 1024 * 1024;

/** The edge's outgoing connection for orders. */
export class OrderLink {
  readonly #options: Options;
  #socket: WebSocket | null = null;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Sends if the link is up, and says whether it was: what must arrive is told again when it comes back. */
  send(frame: EdgeFrame): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { hello, log, clock } = this.#options;
    const course: Course = { wasTaken: false, reason: "" };
    await keepConnected(
      this.#options,
      {
        path: COLLECTOR_LINK_PATH,
        maxFrameBytes: MAX_FRAME_BYTES,
        onOpen: (socket) => {
          this.#socket = socket;
          this.send(hello());
        },
        onMessage: (data) => this.#take(String(data), course),
        onClose: () => {
          this.#socket = null;
        },
        onFailed: (reason) => log.warn({ reason }, `no order link: ${reason}; readings are uploaded all the same`),
        clock,
      },
      course,
      signal,
    );
  }

  #take(text: string, course: Course): void {
    const { log, onFrame } = this.#options;
    const frame = ServerFrame.safeParse(jsonOf(text));
    if (!frame.success) {
      log.warn({ reason: "unknown frame" }, "the server said something this edge doesn't know");
      return;
    }
    if (frame.data.type === "welcome") {
      course.wasTaken = true;
      log.info("linked to the server: orders can come");
    }
    if (frame.data.type === "problem") course.reason = `${frame.data.code}: ${frame.data.detail}`;
    onFrame(frame.data);
  }
}
