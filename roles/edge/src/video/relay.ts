import { join } from "node:path";
import { type Clock, jsonOf, type Log, messageOf } from "@banksman/kit";
import {
  cameraEgress,
  clearLeftovers,
  createCameraReader,
  createDecoder,
  createKeyFrames,
  failureOf,
  pictureOnce,
} from "@banksman/video";
import {
  COLLECTOR_VIDEO_PATH,
  VIDEO_HEADER_BYTES,
  VIDEO_PIECE_BYTES,
  type VideoAnswer,
  VideoAsk,
} from "@banksman/wire/link";
import { WebSocket } from "ws";
import { keepConnected, type ServerAddress } from "../link/keep-connected.ts";

/** What is asked beyond this waits; a site's line is narrower than its cameras. */
const AT_ONCE = 16;
const MOST_WAITING = 500;
const DECODERS = 2;
/** ffmpeg processes that read cameras which speak no HLS. */
const MOST_PROCESSES = 32;
const MAX_FRAME_BYTES = 64 * 1024;
const BEHIND_BYTES = 1024 * 1024;
const DRAIN_LOOK_MS = 20;

type Options = { server: ServerAddress; allow: readonly string[]; workDir: string; clock: Clock; log: Log };
type Answer = { url: string; content_type: string; taken_at_ms: number | null; body: Buffer };

/** Reads the site's cameras for the server, over an outgoing connection of its own. Runs until the signal aborts. */
export async function relayVideo({ server, allow, workDir, clock, log }: Options, signal: AbortSignal): Promise<void> {
  const folder = join(workDir, "video");
  await clearLeftovers(folder);
  const reader = createCameraReader({
    egress: cameraEgress(allow),
    workDir: folder,
    log,
    mostProcesses: MOST_PROCESSES,
  });
  const decoder = createDecoder({ mostAtOnce: DECODERS });
  const keyFrame = createKeyFrames(reader.read, decoder);
  const { read, forget } = reader;
  let socket: WebSocket | null = null;
  let busy = 0;
  const waiting: VideoAsk[] = [];

  const answer = async (ask: VideoAsk): Promise<Answer> => {
    if (ask.type === "read") {
      const wish = { role: ask.role, byteRange: ask.byte_range };
      const { url, type, body } = await read(ask.plan, ask.address, wish);
      return { url, content_type: type, taken_at_ms: null, body };
    }
    const { plan, width_px } = ask;
    const made = ask.once ? pictureOnce({ read, forget, decoder }, plan, width_px) : keyFrame(plan, width_px);
    const { jpeg, takenAtMs } = await made;
    return { url: "", content_type: "image/jpeg", taken_at_ms: takenAtMs, body: jpeg };
  };
  const serve = async (ask: VideoAsk, to: WebSocket): Promise<void> => {
    const { request } = ask;
    try {
      const { body, ...head } = await answer(ask);
      tell(to, { type: "answer", request, ...head, bytes: body.length });
      await sendBody(to, request, body);
    } catch (error) {
      const { trouble, message } = failureOf(error);
      tell(to, { type: "failure", request, trouble, detail: message.slice(0, 2_000) });
    }
  };
  const next = (): void => {
    while (busy < AT_ONCE && socket !== null) {
      const ask = waiting.shift();
      if (!ask) return;
      busy += 1;
      serve(ask, socket)
        .catch((error: unknown) => log.warn({ err: error }, `a camera's answer could not be sent: ${messageOf(error)}`))
        .finally(() => {
          busy -= 1;
          next();
        });
    }
  };

  const course = { wasTaken: false, reason: "" };
  await keepConnected(
    server,
    {
      path: COLLECTOR_VIDEO_PATH,
      maxFrameBytes: MAX_FRAME_BYTES,
      onOpen: (opened) => {
        socket = opened;
        course.wasTaken = true;
      },
      onMessage: (data) => {
        const ask = VideoAsk.safeParse(jsonOf(String(data)));
        if (!ask.success) return log.warn("the server asked for a picture in a way this edge doesn't know");
        if (waiting.length >= MOST_WAITING) waiting.shift();
        waiting.push(ask.data);
        next();
      },
      onClose: () => {
        socket = null;
        waiting.length = 0;
      },
      onFailed: (reason) => log.info({ reason }, `cameras can't be shown now: ${reason}`),
      clock,
    },
    course,
    signal,
  );
  decoder.close();
  await reader.close();
}

function tell(socket: WebSocket, message: VideoAnswer): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

/** In pieces, never far ahead of the line: what comes after must not wait behind a whole segment in memory. */
async function sendBody(socket: WebSocket, request: number, body: Buffer): Promise<void> {
  for (let at = 0; at < body.length; at += VIDEO_PIECE_BYTES) {
    while (socket.bufferedAmount > BEHIND_BYTES && socket.readyState === WebSocket.OPEN)
      await new Promise((resolve) => setTimeout(resolve, DRAIN_LOOK_MS));
    if (socket.readyState !== WebSocket.OPEN) return;
    const piece = body.subarray(at, at + VIDEO_PIECE_BYTES);
    const frame = Buffer.allocUnsafe(VIDEO_HEADER_BYTES + piece.length);
    frame.writeUInt32BE(request, 0);
    piece.copy(frame, VIDEO_HEADER_BYTES);
    socket.send(frame);
  }
}
