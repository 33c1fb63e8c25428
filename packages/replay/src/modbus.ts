import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

export type ModbusTable = "coil" | "discrete" | "holding" | "input";

/** Words that were read (1 and 0 of coils and discrete inputs), or the number of the exception that the unit answers. */
export type ModbusUnit = {
  read: (unit: number, address: number, count: number, table: ModbusTable) => number[] | { exception: number };
  write: (unit: number, address: number, words: number[], table: ModbusTable) => { exception: number } | null;
  /** Before each answer: how long it takes, `silent` for none at all, `cut` for the end of the connection. */
  pace?: () => Promise<void> | "silent" | "cut";
};

const TABLES: Readonly<Record<number, ModbusTable>> = { 1: "coil", 2: "discrete", 3: "holding", 4: "input" };
const [WRITE_COIL, WRITE_ONE, WRITE_MANY] = [5, 6, 16];
const ILLEGAL_FUNCTION = 1;

/** A Modbus TCP gateway on a real socket. Addresses count from 0, as on the wire. */
export async function serveModbus(
  units: ModbusUnit,
  place: { host?: string; port?: number } = {},
): Promise<{ port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => {});
    let bytes = Buffer.alloc(0);
    let busy = Promise.resolve();
    socket.on("data", (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= 8 && bytes.length >= 6 + bytes.readUInt16BE(4)) {
        const length = 6 + bytes.readUInt16BE(4);
        const frame = bytes.subarray(0, length);
        bytes = bytes.subarray(length);
        busy = busy.then(() => answer(units, socket, frame));
      }
    });
  });
  server.listen(place.port ?? 0, place.host ?? "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(units: ModbusUnit, socket: Socket, frame: Buffer): Promise<void> {
  const pace = units.pace?.();
  if (pace === "silent") return;
  if (pace === "cut") {
    socket.destroy();
    return;
  }
  await pace;
  const body = bodyOf(units, frame[6] ?? 0, frame.subarray(7));
  const header = Buffer.from(frame.subarray(0, 7));
  header.writeUInt16BE(body.length + 1, 4);
  socket.write(Buffer.concat([header, body]));
}

function bodyOf(units: ModbusUnit, unit: number, request: Buffer): Buffer {
  const code = request[0] ?? 0;
  const failed = (exception: number) => Buffer.from([code + 0x80, exception]);
  const address = request.readUInt16BE(1);
  const table = TABLES[code];
  if (table) {
    const words = units.read(unit, address, request.readUInt16BE(3), table);
    if (!Array.isArray(words)) return failed(words.exception);
    const data = table === "coil" || table === "discrete" ? packed(words) : asWords(words);
    return Buffer.concat([Buffer.from([code, data.length]), data]);
  }
  switch (code) {
    case WRITE_COIL: {
      const problem = units.write(unit, address, [request.readUInt16BE(3) === 0xff00 ? 1 : 0], "coil");
      return problem ? failed(problem.exception) : request.subarray(0, 5);
    }
    case WRITE_ONE:
    case WRITE_MANY: {
      const count = code === WRITE_ONE ? 1 : request.readUInt16BE(3);
      const from = code === WRITE_ONE ? 3 : 6;
      const words = Array.from({ length: count }, (_, i) => request.readUInt16BE(from + 2 * i));
      const problem = units.write(unit, address, words, "holding");
      return problem ? failed(problem.exception) : request.subarray(0, 5);
    }
    default:
      return failed(ILLEGAL_FUNCTION);
  }
}

function asWords(words: readonly number[]): Buffer {
  const data = Buffer.alloc(2 * words.length);
  for (const [i, word] of words.entries()) data.writeUInt16BE(word & 0xffff, 2 * i);
  return data;
}

/** Eight to a byte, the first the lowest bit. */
function packed(bits: readonly number[]): Buffer {
  const data = Buffer.alloc(Math.ceil(bits.length / 8));
  for (const [i, bit] of bits.entries()) if (bit) data[i >> 3] = (data[i >> 3] ?? 0) | (1 << (i & 7));
  return data;
}
