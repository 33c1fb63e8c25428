import { createConnection } from "node:net";

export type RawReply = { status: number; contentType: string; body: string };

/** One request over a socket of its own, with the target exactly as given. */
export function rawRequest(port: number, method: string, target: string, body?: string): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(port, "127.0.0.1");
    const chunks: Buffer[] = [];
    const length = body === undefined ? "" : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
    socket.on("error", reject);
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("end", () => resolve(parseReply(Buffer.concat(chunks).toString("latin1"))));
    socket.end(`${method} ${target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n${length}\r\n${body ?? ""}`);
  });
}

function parseReply(text: string): RawReply {
  const end = text.indexOf("\r\n\r\n");
  const head = text.slice(0, end);
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0);
  const contentType = /^content-type: *(.*)$/im.exec(head)?.[1]?.trim() ?? "";
  return { status, contentType, body: text.slice(end + 4) };
}
