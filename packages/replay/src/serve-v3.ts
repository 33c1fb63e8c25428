import type { Socket } from "node:net";
import { type FakeDevice, type Fault, HANG, NO_FAULT } from "./answer.ts";
import { after, Traffic } from "./connection.ts";
import { listen, type Serving } from "./serve.ts";

/**
 * The framing of WhatsMiner's API v3: an unsigned 32-bit little-endian length, then so many bytes of JSON, both ways,
 * as often as the client likes on one connection. A length of 0 is a heartbeat and gets no answer.
 */
export function frame(body: Buffer | string): Buffer {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  const head = Buffer.alloc(4);
  head.writeUInt32LE(bytes.length);
  return Buffer.concat([head, bytes]);
}

/** A fake WhatsMiner that speaks API v3. `heartbeat` puts one before every answer. Faults act on the first request. */
export function serveV3(options: FakeDevice & { host: string; port: number; heartbeat?: boolean }): Promise<Serving> {
  const traffic = new Traffic();
  const handle = (socket: Socket) => {
    traffic.enter(socket);
    socket.on("error", () => socket.destroy());
    const fault = options.fault?.() ?? NO_FAULT;
    if (fault.kind === "refuse") {
      socket.resetAndDestroy();
      return;
    }
    readFrames(socket, (request) => {
      traffic.requests++;
      if (fault.kind === "hang") return;
      after(socket, options.latencyMs?.() ?? 0, () => send(socket, options, request, fault));
    });
  };
  return listen(options.host, options.port, handle, traffic);
}

function readFrames(socket: Socket, onFrame: (text: string) => void): void {
  let pending: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 4) {
      const length = pending.readUInt32LE(0);
      if (pending.length < 4 + length) return;
      const body = pending.toString("utf8", 4, 4 + length);
      pending = pending.subarray(4 + length);
      if (length > 0) onFrame(body);
    }
  });
  socket.on("end", () => socket.end());
}

function send(
  socket: Socket,
  device: { answer: FakeDevice["answer"]; heartbeat?: boolean },
  request: string,
  fault: Fault,
) {
  if (socket.destroyed) return;
  const answer = device.answer(request);
  if (answer === HANG) return;
  if (answer === null) {
    socket.end();
    return;
  }
  const bytes = fault.kind === "not_a_miner" ? Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n") : frame(answer);
  if (device.heartbeat) socket.write(Buffer.alloc(4));
  if (fault.kind === "truncate") socket.end(bytes.subarray(0, fault.afterBytes ?? Math.floor(bytes.length / 2)));
  else if (fault.kind === "reset") {
    socket.write(bytes.subarray(0, fault.afterBytes ?? Math.floor(bytes.length / 2)), () => socket.resetAndDestroy());
  } else socket.write(bytes);
}
