import type { Clock, Log } from "@banksman/kit";
import { backoffMs, messageOf } from "@banksman/kit";
import { UPLOAD_HEADERS } from "@banksman/wire/ingest";
import { COLLECTOR_LINK_PATH, type EdgeFrame, ServerFrame } from "@banksman/wire/link";
import { WebSocket } from "ws";

type Options = {
  apiUrl: string;
  apiKey: string;
  siteId: string;
  ca: Buffer | undefined;
  hello: () => Extract<EdgeFrame, { type: "hello" }>;
  onFrame: (frame: ServerFrame) => void;
  clock: Clock;
  log: Log;
};

const BACKOFF = { firstMs: 1_000, maxMs: 30_000 };
/** The server pings every ten seconds: silence for three of them is a link that is gone. */
const SILENCE_MS = 35_000;
const MAX_FRAME_BYTES = 4 * 1024 * 1024;

/** The one outgoing WebSocket of the edge, opened anew whenever it is lost; nothing listens at the site. */
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
    const { clock, log } = this.#options;
    let tries = 0;
    let lastReason = "";
    while (!signal.aborted) {
      const { reason, wasLinked } = await this.#once(signal);
      if (signal.aborted) return;
      tries = wasLinked ? 1 : tries + 1;
      // A server without orders, as the original's, says the same each time: once is enough.
      if (reason !== lastReason) log.warn({ reason }, `no order link: ${reason}; readings are uploaded all the same`);
      lastReason = reason;
      await clock.sleep(backoffMs(BACKOFF, tries), signal).catch(() => undefined);
    }
  }

  /** One connection from its opening to its end. */
  #once(signal: AbortSignal): Promise<{ reason: string; wasLinked: boolean }> {
    const { apiUrl, apiKey, siteId, ca, hello, log } = this.#options;
    return new Promise((resolve) => {
      let wasLinked = false;
      let reason = "the server closed it";
      const socket = new WebSocket(`${apiUrl.replace(/^http/i, "ws")}${COLLECTOR_LINK_PATH}`, {
        headers: { [UPLOAD_HEADERS.key]: apiKey, [UPLOAD_HEADERS.site]: siteId },
        handshakeTimeout: 10_000,
        maxPayload: MAX_FRAME_BYTES,
        ...(ca && { ca }),
      });
      let silence = setTimeout(() => socket.terminate(), SILENCE_MS);
      const heard = () => {
        clearTimeout(silence);
        silence = setTimeout(() => socket.terminate(), SILENCE_MS);
      };
      const stop = () => socket.close(1001, "the edge stops");
      signal.addEventListener("abort", stop, { once: true });
      socket.on("ping", heard);
      socket.on("open", () => {
        this.#socket = socket;
        this.send(hello());
      });
      socket.on("error", (error) => {
        reason = messageOf(error);
      });
      socket.on("message", (data) => {
        heard();
        const frame = ServerFrame.safeParse(parse(String(data)));
        if (!frame.success)
          return log.warn({ reason: "unknown frame" }, "the server said something this edge doesn't know");
        if (frame.data.type === "welcome") {
          wasLinked = true;
          log.info("linked to the server: orders can come");
        }
        if (frame.data.type === "problem") reason = `${frame.data.code}: ${frame.data.detail}`;
        this.#options.onFrame(frame.data);
      });
      socket.on("close", () => {
        clearTimeout(silence);
        signal.removeEventListener("abort", stop);
        this.#socket = null;
        resolve({ reason, wasLinked });
      });
    });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
