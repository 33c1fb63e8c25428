import assert from "node:assert/strict";
import { createServer, type Server, type Socket } from "node:net";
import { describe, test } from "node:test";
import { CodedError } from "@banksman/kit";
import { serveCgminer, serveV3 } from "@banksman/replay";
import fc from "fast-check";
import { exchange, type Line, MAX_ANSWER_BYTES } from "./exchange.ts";
import { V3Connection } from "./v3.ts";

/** This file's own slice of 127.0.0.0/8. */
const host = `127.${20 + (process.pid % 200)}.32.1`;
const line = (port: number, totalMs = 3_000, more: Partial<Line> = {}): Line => ({
  host,
  port,
  connectTimeoutMs: 1_000,
  deadline: performance.now() + totalMs,
  ...more,
});

/** A device that does with a connection whatever a test wants. */
async function device(
  onRequest: (socket: Socket, request: Buffer) => void,
): Promise<AsyncDisposable & { port: number }> {
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (request) => onRequest(socket, request));
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

const answer = '{"STATUS":[{"STATUS":"S","Msg":"Ü"}],"SUMMARY":[{"Elapsed":5}],"id":1}';

describe("exchange", () => {
  test("sends the request as one write and does not end its side", async () => {
    let ended = false;
    await using miner = await device((socket, request) => {
      socket.once("end", () => {
        ended = true;
      });
      setImmediate(() => {
        assert.equal(ended, false);
        socket.write(`${request}\0`);
      });
    });
    assert.deepEqual(await exchange(line(miner.port), "summary"), { text: "summary", terminated: true });
  });

  test("an answer may come in pieces, cut at any byte", async () => {
    const bytes = Buffer.from(`${answer}\0`);
    for (let cut = 1; cut < bytes.length; cut += 3) {
      await using miner = await device((socket) => {
        socket.setNoDelay(true);
        socket.write(bytes.subarray(0, cut));
        setImmediate(() => socket.end(bytes.subarray(cut)));
      });
      assert.deepEqual(await exchange(line(miner.port), "summary"), { text: answer, terminated: true });
    }
  });

  const endings: [name: string, send: (socket: Socket) => void, text: string, terminated: boolean][] = [
    ["a NUL ends it, whatever follows", (s) => s.write(`${answer}\0rubbish`), answer, true],
    ["NULs before the text are padding", (s) => s.write(`\0\0${answer}\0`), answer, true],
    ["closed without a NUL", (s) => s.end(answer), answer, false],
    ["a line feed after a whole value, kept open", (s) => s.write(`${answer}\n`), `${answer}\n`, true],
    ["a whole value, then silence, kept open", (s) => s.write(answer), answer, true],
    ["a malformed but even value, then silence", (s) => s.write('{"a":[{}{}]}'), '{"a":[{}{}]}', true],
    ["text mode, then silence", (s) => s.write("STATUS=S|SUMMARY,Elapsed=5|"), "STATUS=S|SUMMARY,Elapsed=5|", true],
    ["reset in the middle", (s) => s.write('{"a":1,"b', () => s.resetAndDestroy()), '{"a":1,"b', false],
  ];
  for (const [name, send, text, terminated] of endings) {
    test(name, async () => {
      await using miner = await device(send);
      assert.deepEqual(await exchange(line(miner.port), "summary"), { text, terminated });
    });
  }

  test("says what is wrong by code", async () => {
    await using silent = await device(() => {});
    await using closing = await device((socket) => socket.end());
    await using endless = await device((socket) => {
      const more = () => socket.destroyed || socket.write(Buffer.alloc(65_536, 0x20), more);
      more();
    });
    const closed = await device(() => {});
    await closed[Symbol.asyncDispose]();
    assert.equal(await codeOf(exchange(line(silent.port, 150), "x")), "DEVICE_SILENT");
    assert.equal(await codeOf(exchange(line(closing.port), "x")), "DEVICE_ACCESS_DENIED");
    assert.equal(await codeOf(exchange(line(endless.port), "x")), "DEVICE_BAD_ANSWER");
    assert.equal(await codeOf(exchange(line(closed.port), "x")), "DEVICE_REFUSED");
    assert.equal(await codeOf(exchange(line(silent.port, 0), "x")), "DEVICE_TIMED_OUT");
    assert.ok(MAX_ANSWER_BYTES < 2 ** 22);
  });

  test("a slow drip ends with the time limit", async () => {
    await using miner = await serveCgminer({
      host,
      port: 0,
      answer: () => answer,
      fault: () => ({ kind: "drip", chunkBytes: 1, everyMs: 30 }),
    });
    const start = performance.now();
    assert.equal(await codeOf(exchange(line(miner.port, 300), "x")), "DEVICE_SILENT");
    assert.ok(performance.now() - start < 600);
  });

  test("is given up when the signal aborts, before and during", async () => {
    await using silent = await device(() => {});
    const abort = new AbortController();
    const pending = codeOf(exchange(line(silent.port, 3_000, { signal: abort.signal }), "x"));
    abort.abort();
    assert.equal(await pending, "DEVICE_ABORTED");
    assert.equal(await codeOf(exchange(line(silent.port, 3_000, { signal: abort.signal }), "x")), "DEVICE_ABORTED");
  });

  test("property: any bytes settle, within the time limit", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        await using miner = await device((socket) => socket.end(bytes));
        const start = performance.now();
        await codeOf(exchange(line(miner.port, 500), "x"));
        assert.ok(performance.now() - start < 800);
      }),
      { numRuns: 60 },
    );
  });
});

describe("API v3", () => {
  test("asks several times on one connection, past heartbeats", async () => {
    await using miner = await serveV3({ host, port: 0, answer: (request) => `{"said":${request}}`, heartbeat: true });
    const connection = await V3Connection.open(line(miner.port));
    assert.equal(await connection.ask("1"), '{"said":1}');
    assert.equal(await connection.ask("2"), '{"said":2}');
    connection.close();
    assert.equal(miner.connections, 1);
  });

  test("refuses a frame too long to be one, a cut frame, silence and a closed port", async () => {
    await using web = await serveV3({ host, port: 0, answer: () => "{}", fault: () => ({ kind: "not_a_miner" }) });
    await using cut = await serveV3({ host, port: 0, answer: () => "{}", fault: () => ({ kind: "truncate" }) });
    await using silent = await serveV3({ host, port: 0, answer: () => "{}", fault: () => ({ kind: "hang" }) });
    const asking = async (port: number, ms = 3_000) => (await V3Connection.open(line(port, ms))).ask("{}");
    assert.equal(await codeOf(asking(web.port)), "DEVICE_NOT_A_MINER");
    assert.equal(await codeOf(asking(cut.port)), "DEVICE_BAD_ANSWER");
    assert.equal(await codeOf(asking(silent.port, 150)), "DEVICE_TIMED_OUT");
    await web.close();
    assert.equal(await codeOf(asking(web.port)), "DEVICE_REFUSED");
  });
});
