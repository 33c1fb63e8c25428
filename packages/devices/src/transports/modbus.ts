import { connect, type Socket } from "node:net";
import { asDeviceError, DeviceErrors } from "../errors.ts";
import type { Line } from "./exchange.ts";

/** Function codes of the Modbus application protocol, V1.1b3. */
const READ = { coil: 1, discrete: 2, holding: 3, input: 4 } as const;
const WRITE_COIL = 5;
const WRITE_ONE = 6;
const WRITE_MANY = 16;
/** Set in the function code of an answer that is an exception. */
const EXCEPTION = 0x80;

const EXCEPTIONS: Readonly<Record<number, string>> = {
  1: "illegal function",
  2: "illegal data address",
  3: "illegal data value",
  4: "device failure",
  5: "acknowledged, not done yet",
  6: "device busy",
  8: "memory parity error",
  10: "gateway path unavailable",
  11: "no answer from the device behind the gateway",
};

/** Transaction, protocol, length and unit. */
const HEADER_BYTES = 7;
const MOST_BYTES = 260;

/**
 * Modbus TCP: one socket, one request at a time, whatever unit it is for. Gateways take no second request, and the clients
 * that can be had keep one unit to a socket. An answer is taken only with the number of the request that waits for it, so
 * that one that comes late is nobody's.
 */
export class ModbusConnection {
  readonly #line: Line;
  #socket: Socket | null = null;
  #transaction = 0;

  constructor(line: Line) {
    this.#line = line;
  }

  close(): void {
    this.#socket?.destroy();
  }

  /**
   * What a table has from `address` on: registers as unsigned words, coils and discrete inputs as 1 and 0. Rejects with a
   * DeviceError, also for an exception.
   */
  async read(unit: number, address: number, count: number, table: keyof typeof READ = "holding"): Promise<number[]> {
    const request = Buffer.alloc(5);
    request.writeUInt8(READ[table], 0);
    request.writeUInt16BE(address, 1);
    request.writeUInt16BE(count, 3);
    const answer = await this.#ask(unit, request);
    const isBits = table === "coil" || table === "discrete";
    const bytes = isBits ? Math.ceil(count / 8) : 2 * count;
    if (answer.length !== 2 + bytes || answer[1] !== bytes)
      throw DeviceErrors.BAD_ANSWER(`${answer.length - 2} bytes for ${count} of table ${table}`);
    // Bits are packed from the lowest of the first byte on.
    const at = (i: number) => (isBits ? ((answer[2 + (i >> 3)] ?? 0) >> (i & 7)) & 1 : answer.readUInt16BE(2 + 2 * i));
    return Array.from({ length: count }, (_, i) => at(i));
  }

  async writeCoil(unit: number, address: number, on: boolean): Promise<void> {
    const request = Buffer.alloc(5);
    request.writeUInt8(WRITE_COIL, 0);
    request.writeUInt16BE(address, 1);
    request.writeUInt16BE(on ? 0xff00 : 0, 3);
    await this.#ask(unit, request);
  }

  async write(unit: number, address: number, word: number): Promise<void> {
    const request = Buffer.alloc(5);
    request.writeUInt8(WRITE_ONE, 0);
    request.writeUInt16BE(address, 1);
    request.writeUInt16BE(word, 3);
    await this.#ask(unit, request);
  }

  async writeMany(unit: number, address: number, words: Buffer): Promise<void> {
    const request = Buffer.alloc(6 + words.length);
    request.writeUInt8(WRITE_MANY, 0);
    request.writeUInt16BE(address, 1);
    request.writeUInt16BE(words.length / 2, 3);
    request.writeUInt8(words.length, 5);
    words.copy(request, 6);
    await this.#ask(unit, request);
  }

  /** The answer from its function code on. */
  async #ask(unit: number, request: Buffer): Promise<Buffer> {
    const socket = this.#socket ?? (await this.#open());
    this.#transaction = (this.#transaction + 1) & 0xffff;
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt16BE(this.#transaction, 0);
    header.writeUInt16BE(request.length + 1, 4);
    header.writeUInt8(unit, 6);
    this.#line.onSent?.();
    const answered = this.#answer(socket, unit);
    socket.write(Buffer.concat([header, request]));
    const answer = await answered;
    const code = answer[0] ?? 0;
    if (code === (request[0] ?? 0) + EXCEPTION) {
      const exception = answer[1] ?? 0;
      throw DeviceErrors.BAD_ANSWER(`Modbus exception ${exception}, ${EXCEPTIONS[exception] ?? "unknown"}`);
    }
    if (code !== request[0]) throw DeviceErrors.BAD_ANSWER(`no Modbus: function ${code} for ${request[0]}`);
    return answer;
  }

  #answer(socket: Socket, unit: number): Promise<Buffer> {
    const { host, signal } = this.#line;
    const transaction = this.#transaction;
    return new Promise((resolve, reject) => {
      let bytes = Buffer.alloc(0);
      const end = (settle: () => void) => {
        clearTimeout(timer);
        socket.off("data", onData).off("close", onClose).off("error", onError);
        signal?.removeEventListener("abort", onAbort);
        settle();
      };
      const fail = (error: Error) => end(() => reject(error));
      const timer = setTimeout(
        () => fail(DeviceErrors.SILENT(host)),
        Math.max(1, this.#line.deadline - performance.now()),
      );
      const onAbort = () => fail(DeviceErrors.ABORTED(host));
      const onError = (error: Error) => fail(asDeviceError(error, host));
      const onClose = () => fail(DeviceErrors.BAD_ANSWER("the connection was cut off"));
      const onData = (chunk: Buffer) => {
        bytes = Buffer.concat([bytes, chunk]);
        for (let frame = frameIn(bytes); frame !== null; frame = frameIn(bytes)) {
          if (frame === "broken") return fail(DeviceErrors.BAD_ANSWER("no Modbus"));
          bytes = bytes.subarray(frame.length);
          if (frame.readUInt16BE(0) !== transaction || frame[6] !== unit) continue;
          const answer = frame.subarray(HEADER_BYTES);
          return end(() => resolve(answer));
        }
      };
      socket.on("data", onData).on("close", onClose).on("error", onError);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  #open(): Promise<Socket> {
    const { host, port, connectTimeoutMs, deadline } = this.#line;
    const left = Math.min(connectTimeoutMs, deadline - performance.now());
    if (left <= 0) throw DeviceErrors.TIMED_OUT(host);
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true });
      const timer = setTimeout(() => socket.destroy(DeviceErrors.TIMED_OUT(host)), left);
      socket.once("error", (error) => {
        clearTimeout(timer);
        reject(asDeviceError(error, host));
      });
      socket.once("connect", () => {
        clearTimeout(timer);
        // Between two requests a broken line is noticed by the next one.
        socket.removeAllListeners("error").on("error", () => {});
        this.#socket = socket;
        resolve(socket);
      });
    });
  }
}

/** The first whole frame of what came, null while it isn't there yet, `broken` where it can't become one. */
function frameIn(bytes: Buffer): Buffer | "broken" | null {
  if (bytes.length < HEADER_BYTES + 1) return null;
  const length = 6 + bytes.readUInt16BE(4);
  if (bytes.readUInt16BE(2) !== 0 || length < HEADER_BYTES + 2 || length > MOST_BYTES) return "broken";
  return bytes.length < length ? null : bytes.subarray(0, length);
}

/** A word as the signed number that most controllers mean. */
export const signed = (word: number): number => (word >= 0x8000 ? word - 0x1_0000 : word);
