import type { Socket } from "node:net";
import { type FakeDevice, type Fault, HANG, NO_FAULT, wireBytes } from "./answer.ts";

/** Counts what a server saw, so that a test can tell one round trip from two and one client from many at once. */
export class Traffic {
  connections = 0;
  requests = 0;
  /** Clients that wait for an answer now, and the most that ever did at once. */
  waiting = 0;
  peakWaiting = 0;

  /** Counts a new client; it waits until the returned function is called, or its connection is gone. */
  enter(socket: Socket): () => void {
    this.connections++;
    this.waiting++;
    this.peakWaiting = Math.max(this.peakWaiting, this.waiting);
    let waits = true;
    const served = () => {
      if (waits) this.waiting--;
      waits = false;
    };
    socket.once("close", served);
    return served;
  }
}

/**
 * Serves one connection of the cgminer API: a single `recv` is the request, the answer and a NUL follow, then the
 * device closes. A request sent in two segments is therefore answered by its first part, as on the real thing.
 */
export function converse(socket: Socket, device: FakeDevice, traffic: Traffic): void {
  const served = traffic.enter(socket);
  socket.on("error", () => socket.destroy());
  const fault = device.fault?.() ?? NO_FAULT;
  if (fault.kind === "refuse") {
    socket.resetAndDestroy();
    return;
  }
  socket.once("data", (request) => {
    traffic.requests++;
    if (fault.kind === "hang") return;
    const latency = device.latencyMs?.() ?? 0;
    const answer = () => {
      served();
      reply(socket, device, request.toString("utf8"), fault);
    };
    if (latency <= 0) answer();
    else after(socket, latency, answer);
  });
}

function reply(socket: Socket, device: FakeDevice, request: string, fault: Fault): void {
  if (socket.destroyed) return;
  const answer = device.answer(request);
  if (answer === HANG) return;
  if (answer === null) {
    socket.end();
    return;
  }
  const bytes = wireBytes(answer, fault);
  if (fault.kind === "reset") socket.write(bytes, () => socket.resetAndDestroy());
  else if (fault.kind === "drip") drip(socket, bytes, fault.chunkBytes ?? 1, fault.everyMs ?? 20);
  else socket.end(bytes);
}

/** Sends the bytes piece by piece. */
function drip(socket: Socket, bytes: Buffer, chunkBytes: number, everyMs: number): void {
  let at = 0;
  const next = () => {
    if (socket.destroyed) return;
    const end = at + chunkBytes;
    if (end >= bytes.length) {
      socket.end(bytes.subarray(at));
      return;
    }
    socket.write(bytes.subarray(at, end));
    at = end;
    after(socket, everyMs, next);
  };
  next();
}

/** Runs `work` in `ms`, unless the connection is gone by then. */
export function after(socket: Socket, ms: number, work: () => void): void {
  const timer = setTimeout(() => {
    socket.removeListener("close", cancel);
    work();
  }, ms);
  const cancel = () => clearTimeout(timer);
  socket.once("close", cancel);
}
