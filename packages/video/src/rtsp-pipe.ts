import { connect, createServer, type Socket } from "node:net";

export type RtspPipe = { port: number; close: () => void };

/** An answer that sends its asker elsewhere. RFC 2326, section 11.3. */
const REDIRECT = /RTSP\/\d\.\d 3\d\d/;
/** Longer than the beginning of an answer's first line, which may come in two pieces. */
const OVERLAP_BYTES = 16;

/**
 * A door on this machine that leads to one camera's address and nowhere else. ffmpeg follows an RTSP redirect wherever it
 * points; behind this door it never sees one: the connection ends instead.
 */
export async function openRtspPipe(host: string, port: number): Promise<RtspPipe> {
  const sockets = new Set<Socket>();
  const server = createServer((player) => {
    const camera = connect({ host, port });
    const end = () => {
      player.destroy();
      camera.destroy();
    };
    for (const socket of [player, camera]) {
      sockets.add(socket);
      socket.once("error", end);
      socket.once("close", () => {
        sockets.delete(socket);
        end();
      });
    }
    let before = "";
    camera.on("data", (chunk) => {
      const text = before + chunk.toString("latin1");
      if (REDIRECT.test(text)) return end();
      before = text.slice(-OVERLAP_BYTES);
      if (player.write(chunk)) return;
      camera.pause();
      player.once("drain", () => camera.resume());
    });
    player.pipe(camera);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
