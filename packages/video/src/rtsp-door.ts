import { connect, createServer, type Server, type Socket } from "node:net";
import { codeOf, messageOf } from "@banksman/kit";
import type { Credentials } from "@banksman/kit/http-auth";
import { RtspExchange } from "./rtsp-exchange.ts";
import { RtspReader, type RtspSaid } from "./rtsp-messages.ts";
import { CameraFailure } from "./trouble.ts";

export type RtspDoor = {
  /** What ffmpeg opens. It tells nothing of the camera: every account of a machine can read a command line. */
  url: string;
  /** Why the last connection ended, where it was for the camera; ffmpeg sees no more than that it ended. */
  failure: () => CameraFailure | null;
  close: () => void;
};

/** Where a door leads: `address` is the one that was checked, `url` what the camera is asked for. */
export type RtspCamera = { address: string; port: number; url: string; credentials: Credentials | null };

/**
 * A door on this machine that leads to one camera's address and nowhere else. ffmpeg follows an RTSP redirect wherever it
 * points; behind this door it never sees one: the connection ends instead, as it does with whatever is no RTSP. It is open to
 * one player at a time, since it signs in whoever comes through it.
 */
export async function openRtspDoor(camera: RtspCamera): Promise<RtspDoor> {
  const sockets = new Set<Socket>();
  let failure: CameraFailure | null = null;
  let inside: Socket | null = null;
  const server = createServer((player) => {
    if (inside !== null) {
      player.destroy();
      return;
    }
    inside = player;
    player.once("close", () => {
      inside = null;
    });
    const outside = connect({ host: camera.address, port: camera.port });
    for (const socket of [player, outside]) {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    }
    failure = null;
    passThrough(player, outside, new RtspExchange(urlOf(server), camera.url, camera.credentials), (why) => {
      failure = why;
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: urlOf(server),
    failure: () => failure,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function urlOf(server: Server): string {
  const address = server.address();
  return `rtsp://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/camera`;
}

/** Carries what both say until one of them ends; `failed` is told why where that is the camera. */
function passThrough(
  player: Socket,
  outside: Socket,
  exchange: RtspExchange,
  failed: (why: CameraFailure) => void,
): void {
  let isOver = false;
  const end = (why?: CameraFailure) => {
    if (!isOver && why) failed(why);
    isOver = true;
    player.destroy();
    outside.destroy();
  };
  const carry = (from: Socket, to: Socket, take: (said: RtspSaid) => void): void => {
    const reader = new RtspReader();
    from.on("data", (chunk) => {
      try {
        for (const said of reader.read(chunk)) take(said);
      } catch (error) {
        end(error instanceof CameraFailure ? error : new CameraFailure("not_video", messageOf(error), error));
        return;
      }
      if (!to.writableNeedDrain) return;
      from.pause();
      to.once("drain", () => from.resume());
    });
  };
  player.once("error", () => end());
  player.once("close", () => end());
  const lost = (what: string, cause?: unknown) =>
    end(exchange.refusal ?? new CameraFailure("unreachable", what, cause));
  outside.once("error", (error) => lost(`the camera can't be reached: ${codeOf(error) ?? ""}`, error));
  outside.once("close", () => lost("the camera ended the connection"));
  carry(player, outside, (said) => outside.write("frame" in said ? said.frame : exchange.asked(said.message)));
  carry(outside, player, (said) => {
    const next = "frame" in said ? { toPlayer: said.frame } : exchange.answered(said.message);
    if (next === null) return;
    if ("toPlayer" in next) player.write(next.toPlayer);
    else outside.write(next.toCamera);
  });
}
