import { backoffMs, type Clock, messageOf } from "@banksman/kit";
import { UPLOAD_HEADERS } from "@banksman/wire/ingest";
import { type RawData, WebSocket } from "ws";

/** Where the server is, and who says so. */
export type ServerAddress = { apiUrl: string; apiKey: string; siteId: string; ca: Buffer | undefined };

type Connection = {
  path: string;
  maxFrameBytes: number;
  onOpen: (socket: WebSocket) => void;
  onMessage: (data: RawData) => void;
  onClose: () => void;
  /** Why there is no connection; told whenever the reason is another than last time. */
  onFailed: (reason: string) => void;
  clock: Clock;
};
/** What is learnt while it is open: that the other end took us, and why it sends us away. */
export type Course = { wasTaken: boolean; reason: string };

const BACKOFF = { firstMs: 1_000, maxMs: 30_000 };
/** The server pings every ten seconds: silence for three of them is a connection that is gone. */
const SILENCE_MS = 35_000;

/** Keeps an outgoing WebSocket open, anew whenever it is lost; nothing listens at the site. */
export async function keepConnected(
  server: ServerAddress,
  connection: Connection,
  course: Course,
  signal: AbortSignal,
): Promise<void> {
  let tries = 0;
  let lastReason = "";
  while (!signal.aborted) {
    Object.assign(course, { wasTaken: false, reason: "the server closed it" });
    await once(server, connection, course, signal);
    if (signal.aborted) return;
    tries = course.wasTaken ? 1 : tries + 1;
    // A server that knows no such connection says the same each time: once is enough.
    if (course.reason !== lastReason) connection.onFailed(course.reason);
    lastReason = course.reason;
    await connection.clock.sleep(backoffMs(BACKOFF, tries), signal).catch(() => undefined);
  }
}

/** One connection from its opening to its end. */
function once(server: ServerAddress, connection: Connection, course: Course, signal: AbortSignal): Promise<void> {
  const { apiUrl, apiKey, siteId, ca } = server;
  return new Promise((resolve) => {
    const socket = new WebSocket(`${apiUrl.replace(/^http/i, "ws")}${connection.path}`, {
      headers: { [UPLOAD_HEADERS.key]: apiKey, [UPLOAD_HEADERS.site]: siteId },
      handshakeTimeout: 10_000,
      maxPayload: connection.maxFrameBytes,
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
    socket.on("open", () => connection.onOpen(socket));
    socket.on("error", (error) => {
      course.reason = messageOf(error);
    });
    socket.on("message", (data) => {
      heard();
      connection.onMessage(data);
    });
    socket.on("close", () => {
      clearTimeout(silence);
      signal.removeEventListener("abort", stop);
      connection.onClose();
      resolve();
    });
  });
}
