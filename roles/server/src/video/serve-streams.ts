import { Readable } from "node:stream";
import { STREAM_PATH } from "@banksman/wire/api";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { type Caller, mayAt } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import { isSecure } from "../sessions/cookies.ts";
import type { Admission } from "./admission.ts";
import type { CameraService } from "./cameras.ts";
import type { Viewing, ViewingTokens } from "./tokens.ts";
import type { WatchService } from "./watch.ts";

/** Holds the token of one stream, and goes to that stream's address alone. */
export const STREAM_COOKIE = "banksman_stream";
/** Carries the renewed token to programs that keep no cookies. */
const TOKEN_HEADER = "x-stream-token";

/** A session that was looked up is believed for so long, unless somebody is signed out in between. */
const BELIEVED_MS = 5_000;
const MOST_BELIEVED = 10_000;

const Params = z.object({ camera_id: z.uuid(), profile: z.string().max(20), file: z.string().max(100) });

type Parts = {
  watching: Pick<WatchService, "file">;
  cameras: Pick<CameraService, "find">;
  tokens: Pick<ViewingTokens, "open" | "issue">;
  admission: Pick<Admission, "out" | "pieceBytes">;
  /** Who somebody is by now; nobody when their session is over. */
  personBy: (via: Viewing["via"]) => Promise<Caller>;
  publicUrl: string | undefined;
};

export const streamPathOf = (cameraId: string, profile: string): string => `${STREAM_PATH}/${cameraId}/${profile}/`;

export function setStreamCookie(
  reply: FastifyReply,
  request: FastifyRequest,
  publicUrl: string | undefined,
  { cameraId, profile, token, expiresAt }: { cameraId: string; profile: string; token: string; expiresAt: Date },
): void {
  reply.setCookie(STREAM_COOKIE, token, {
    path: streamPathOf(cameraId, profile),
    httpOnly: true,
    sameSite: "strict",
    secure: isSecure(request, publicUrl),
    expires: expiresAt,
  });
}

/** Serves playlists and parts of streams to players. `recheck` drops what is believed of people's sessions. */
export function serveStreams(app: FastifyInstance, parts: Parts): { recheck: (userNo: number | "all") => void } {
  const { watching, cameras, tokens, admission, personBy, publicUrl } = parts;
  const believed = new Map<string, { caller: Promise<Caller>; userNo: number; untilMs: number }>();

  const callerOf = (viewing: Viewing): Promise<Caller> => {
    const key = `${viewing.via.is} ${viewing.via.id}`;
    const known = believed.get(key);
    if (known && known.untilMs > Date.now()) return known.caller;
    if (believed.size >= MOST_BELIEVED) believed.clear();
    const caller = personBy(viewing.via);
    believed.set(key, { caller, userNo: viewing.user_no, untilMs: Date.now() + BELIEVED_MS });
    caller.catch(() => believed.delete(key));
    return caller;
  };
  const checkCaller = async (viewing: Viewing): Promise<void> => {
    const { site_id } = await cameras.find(viewing.camera_id, "all");
    const caller = await callerOf(viewing);
    if (mayAt(caller, "video.watch", site_id)) return;
    throw problem(401, "STREAM_ENDED", "the session that began to watch is over, or may not watch this camera by now");
  };

  app.get(`${STREAM_PATH}/:camera_id/:profile/:file`, async (request, reply) => {
    const params = Params.safeParse(request.params);
    if (!params.success) throw problem(404, "NO_SUCH_STREAM", "there is no such stream");
    const { camera_id: cameraId, profile, file } = params.data;
    const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? request.cookies[STREAM_COOKIE];
    if (token === undefined)
      throw problem(401, "STREAM_TOKEN", "no token of this stream: ask to watch the camera first");
    const viewing = tokens.open(token, cameraId, profile);
    await checkCaller(viewing);
    const { type, body } = await watching.file(viewing, file, rangeOf(request));
    reply.header("cache-control", "private, no-store").header("referrer-policy", "no-referrer").type(type);
    if (file.endsWith(".m3u8")) {
      // Whoever goes on reading the playlist goes on watching.
      const renewed = tokens.issue(viewing);
      setStreamCookie(reply, request, publicUrl, { cameraId, profile, ...renewed });
      return reply.header(TOKEN_HEADER, renewed.token).send(body);
    }
    const range = rangeOf(request);
    if (range !== null) {
      const first = Number(range.split("-")[0]);
      if (body.length === 0) throw problem(416, "BEYOND_END", "the part is shorter than that");
      reply.code(206).header("content-range", `bytes ${first}-${first + body.length - 1}/*`);
    }
    const room = (bytes: number) => admission.out(viewing.user_no, bytes);
    const most = admission.pieceBytes();
    reply.header("content-length", body.length);
    if (body.length > most) return reply.send(Readable.from(paced(body, most, room), { objectMode: false }));
    await room(body.length);
    return reply.send(body);
  });

  return {
    recheck: (userNo) => {
      for (const [key, one] of believed) if (userNo === "all" || one.userNo === userNo) believed.delete(key);
    },
  };
}

/** `first-last` of a request for a part of a file; other forms are answered with the whole. */
const rangeOf = ({ headers }: FastifyRequest): string | null =>
  /^bytes=(\d+-\d+)$/.exec(headers.range ?? "")?.[1] ?? null;

/** A body in pieces, each when the line has room for it. */
async function* paced(body: Buffer, most: number, room: (bytes: number) => Promise<void>): AsyncGenerator<Buffer> {
  for (let at = 0; at < body.length; at += most) {
    const piece = body.subarray(at, at + most);
    await room(piece.length);
    yield piece;
  }
}
