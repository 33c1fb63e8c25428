import { connect, createServer, type Server, type Socket } from "node:net";
import type { Credentials } from "@banksman/kit/http-auth";
import { RtspExchange } from "./rtsp-exchange.ts";
import { RtspReader, type RtspSaid } from "./rtsp-messages.ts";

export type RtspDoor = {
  /** What ffmpeg opens. It tells nothing of the camera: every account of a machine can read a command line. */
  url: string;
  close: () => void;
};

/** Where a door leads: `address` is the one that was checked, `url` what the camera is asked for. */
export type RtspCamera = { address: string; port: number; url: string; credentials: Credentials | null };

/**
 * A door on this machine that leads to one camera's address and nowhere else. ffmpeg follows an RTSP redirect wherever it
 * points; behind this door it never sees one: the connection ends instead, as it does with whatever is no RTSP.
 */
export async function openRtspDoor(camera: RtspCamera): Promise<RtspDoor> {
  const sockets = new Set<Socket>();
  const server = createServer((player) => {
    const outside = connect({ host: camera.address, port: camera.port });
    for (const socket of [player, outside]) {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    }
    passThrough(player, outside, new RtspExchange(urlOf(server), camera.url, camera.credentials));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: urlOf(server),
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

/** Carries what both say until one of them ends. */
function passThrough(player: Socket, outside: Socket, exchange: RtspExchange): void {
  const end = () => {
    player.destroy();
    outside.destroy();
  };
  const carry = (from: Socket, to: Socket, take: (said: RtspSaid) => void): void => {
    const reader = new RtspReader();
    from.once("error", end);
    from.once("close", end);
    from.on("data", (chunk) => {
      try {
        for (const said of reader.read(chunk)) take(said);
      } catch {
        // What it was is told by what ffmpeg says of a connection that ended.
        end();
        return;
      }
      if (!to.writableNeedDrain) return;
      from.pause();
      to.once("drain", () => from.resume());
    });
  };
  carry(player, outside, (said) => outside.write("frame" in said ? said.frame : exchange.asked(said.message)));
  carry(outside, player, (said) => {
    const next = "frame" in said ? { toPlayer: said.frame } : exchange.answered(said.message);
    if (next === null) return;
    if ("toPlayer" in next) player.write(next.toPlayer);
    else outside.write(next.toCamera);
  });
}
