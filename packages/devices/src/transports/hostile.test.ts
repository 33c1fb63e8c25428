import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { describe, test } from "node:test";
import { CodedError } from "@banksman/kit";
import fc from "fast-check";
import { decode } from "../decode/decode.ts";
import { webReply } from "../decode/web-reply.ts";
import { exchange, type Line } from "./exchange.ts";
import { V3Connection } from "./v3.ts";

/** What no device should send, and some do: over each transport it ends in time, with a coded error or an answer. */
const host = `127.${20 + (process.pid % 200)}.37.1`;
const line = (port: number, totalMs: number): Line => ({
  host,
  port,
  connectTimeoutMs: 1_000,
  deadline: performance.now() + totalMs,
});

async function device(onRequest: (socket: Socket) => void) {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => onRequest(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    [Symbol.asyncDispose]: async () => {
      server.close();
    },
  };
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "answered",
    (error) => (error instanceof CodedError ? error.code : String(error)),
  );

const askV3 = async (port: number, totalMs: number) => {
  const connection = await V3Connection.open(line(port, totalMs));
  try {
    return await connection.ask("{}");
  } finally {
    connection.close();
  }
};

const frame = (bytes: Buffer, length = bytes.length) => {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(length);
  return Buffer.concat([head, bytes]);
};

const NESTED = ["[".repeat(400_000), '{"a":'.repeat(150_000), `${'{"STATUS":'.repeat(80_000)}1${"}".repeat(80_000)}`];

describe("hostile answers", () => {
  test("a byte a second never gets more time than the reading has", async () => {
    const drip = (first: Buffer) => (socket: Socket) => {
      socket.write(first);
      const timer = setInterval(() => socket.write("1"), 40);
      socket.once("close", () => clearInterval(timer));
    };
    await using plain = await device(drip(Buffer.from('{"STATUS":')));
    await using framed = await device(drip(frame(Buffer.from("{"), 50_000)));
    for (const ask of [() => exchange(line(plain.port, 200), "x"), () => askV3(framed.port, 200)]) {
      const start = performance.now();
      assert.match(await codeOf(ask()), /^DEVICE_(SILENT|TIMED_OUT)$/);
      assert.ok(performance.now() - start < 700);
    }
  });

  test("10 MB are cut off at the limit", async () => {
    const flood = (socket: Socket) => socket.end(Buffer.alloc(10 << 20, 0x41));
    await using plain = await device(flood);
    await using framed = await device((socket) => socket.end(frame(Buffer.alloc(10 << 20, 0x41))));
    assert.equal(await codeOf(exchange(line(plain.port, 5_000), "x")), "DEVICE_BAD_ANSWER");
    assert.equal(await codeOf(askV3(framed.port, 5_000)), "DEVICE_NOT_A_MINER");
  });

  test("deep nesting is refused or read, never a stack that overflows", () => {
    for (const text of NESTED) {
      try {
        decode(text, ["summary"]);
      } catch (error) {
        assert.ok(error instanceof CodedError, String(error));
      }
      webReply({ status: 200, headers: {}, text });
    }
  });

  test("property: frames cut, joined or of any bytes settle", async () => {
    const json = Buffer.from('{"code":0,"when":1,"msg":"ok","desc":"x"}');
    const sent = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.nat({ max: json.length }).map((cut) => frame(json).subarray(0, cut)),
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.concat([frame(json), frame(Buffer.from(bytes))])),
      fc.uint8Array({ maxLength: 60 }).map((bytes) => frame(Buffer.from(bytes))),
    );
    await fc.assert(
      fc.asyncProperty(sent, async (bytes) => {
        await using miner = await device((socket) => socket.end(bytes));
        assert.match(await codeOf(askV3(miner.port, 400)), /^(answered|DEVICE_\w+)$/);
      }),
      { numRuns: 60 },
    );
  });

  test("text that isn't UTF-8 is read with its holes marked", async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"STATUS":[{"STATUS":"S","Msg":"'),
      Buffer.from([0xff, 0xc3, 0x28]),
      Buffer.from('"}],"id":1}\0'),
    ]);
    await using miner = await device((socket) => socket.end(bytes));
    const { text } = await exchange(line(miner.port, 1_000), "x");
    const reply = decode(text, ["x"]).replies.get("x");
    assert.equal(reply?.ok, true);
    assert.match(reply?.message ?? "", /\ufffd/);
  });
});
