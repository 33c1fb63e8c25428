import { connect, type Socket } from "node:net";
import { asDeviceError, DeviceErrors } from "../errors.ts";
import { type Line, MAX_ANSWER_BYTES } from "./exchange.ts";

const LENGTH_BYTES = 4;

/**
 * A connection to WhatsMiner's API v3: a 32-bit little-endian length and so many bytes of JSON, both ways; a length of
 * 0 is a heartbeat. Requests go one after the other on the same connection. `close` always.
 */
export class V3Connection {
  readonly #socket: Socket;
  readonly #line: Line;
  #pending: Buffer = Buffer.alloc(0);
  #waiting: { resolve: (text: string) => void; reject: (error: Error) => void } | undefined;
  #broken: Error | undefined;

  private constructor(socket: Socket, line: Line) {
    this.#socket = socket;
    this.#line = line;
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("error", (error) => this.#break(asDeviceError(error, line.host)));
    socket.on("close", () => this.#break(DeviceErrors.BAD_ANSWER("the connection was closed")));
  }

  /** Rejects with a DeviceError. */
  static open(line: Line): Promise<V3Connection> {
    return new Promise((resolve, reject) => {
      const { host, port, connectTimeoutMs, signal } = line;
      const wait = Math.min(connectTimeoutMs, line.deadline - performance.now());
      if (signal?.aborted || wait <= 0) {
        reject(signal?.aborted ? DeviceErrors.ABORTED(host) : DeviceErrors.TIMED_OUT(host));
        return;
      }
      const socket = connect({ host, port, noDelay: true });
      const timer = setTimeout(() => socket.destroy(DeviceErrors.TIMED_OUT(host)), wait);
      const fail = (error: Error) => {
        clearTimeout(timer);
        reject(asDeviceError(error, host));
      };
      socket.once("error", fail);
      socket.once("connect", () => {
        clearTimeout(timer);
        socket.removeListener("error", fail);
        resolve(new V3Connection(socket, line));
      });
    });
  }

  /** Sends one request and waits for its frame. Rejects with a DeviceError; the connection is then of no more use. */
  ask(request: string): Promise<string> {
    const { host, signal } = this.#line;
    return new Promise((resolve, reject) => {
      if (this.#broken) {
        reject(this.#broken);
        return;
      }
      const wait = Math.max(1, this.#line.deadline - performance.now());
      const timer = setTimeout(() => this.#break(DeviceErrors.TIMED_OUT(host)), wait);
      const onAbort = () => this.#break(DeviceErrors.ABORTED(host));
      signal?.addEventListener("abort", onAbort, { once: true });
      const settle = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        this.#waiting = undefined;
      };
      this.#waiting = {
        resolve: (text) => {
          settle();
          resolve(text);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      const body = Buffer.from(request);
      const head = Buffer.alloc(LENGTH_BYTES);
      head.writeUInt32LE(body.length);
      this.#line.onSent?.();
      this.#socket.write(Buffer.concat([head, body]));
    });
  }

  close(): void {
    this.#broken ??= DeviceErrors.BAD_ANSWER("the connection was closed");
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    while (this.#pending.length >= LENGTH_BYTES) {
      const length = this.#pending.readUInt32LE(0);
      if (length > MAX_ANSWER_BYTES) {
        this.#break(DeviceErrors.NOT_A_MINER("no API v3 frame"));
        return;
      }
      if (this.#pending.length < LENGTH_BYTES + length) return;
      const text = this.#pending.toString("utf8", LENGTH_BYTES, LENGTH_BYTES + length);
      this.#pending = this.#pending.subarray(LENGTH_BYTES + length);
      if (length > 0) this.#waiting?.resolve(text);
    }
  }

  #break(error: Error): void {
    this.#broken ??= error;
    this.#waiting?.reject(this.#broken);
    this.#socket.destroy();
  }
}
