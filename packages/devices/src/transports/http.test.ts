import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { CodedError } from "@banksman/kit";
import { type HttpAnswer, type HttpCall, serveHttp } from "@banksman/replay";
import fc from "fast-check";
import { type Line, MAX_ANSWER_BYTES } from "./exchange.ts";
import { HttpConnection, type HttpRequest } from "./http.ts";
import { HttpSession } from "./http-session.ts";

/** This file's own slice of 127.0.0.0/8. */
const host = `127.${20 + (process.pid % 200)}.36.1`;
const line = (port: number, totalMs = 3_000, more: Partial<Line> = {}): Line => ({
  host,
  port,
  connectTimeoutMs: 1_000,
  deadline: performance.now() + totalMs,
  ...more,
});

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "answered",
    (error) => (error instanceof CodedError ? error.code : String(error)),
  );

/** A web server that does with a connection whatever a test wants; `requests` holds what came in. */
async function device(onRequest: (socket: Socket, request: string) => void) {
  const requests: string[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (data) => {
      requests.push(data.toString("latin1"));
      onRequest(socket, data.toString("latin1"));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  return {
    requests,
    port: typeof address === "object" && address ? address.port : 0,
    [Symbol.asyncDispose]: async () => {
      server.close();
    },
  };
}

async function send(port: number, request: HttpRequest, totalMs = 3_000, more: Partial<Line> = {}) {
  const connection = new HttpConnection(line(port, totalMs, more));
  try {
    return await connection.send(request);
  } finally {
    connection.close();
  }
}

const GET: HttpRequest = { method: "GET", path: "/api" };
const POST: HttpRequest = { method: "POST", path: "/order", body: "{}" };
const head = (length: number, more = "") => `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n${more}\r\n`;

describe("a miner's web server", () => {
  test("takes several requests on one connection, and an order on one of its own", async () => {
    let connections = 0;
    await using miner = await device((socket) => socket.write(`${head(2)}ok`));
    const connection = new HttpConnection({ ...line(miner.port), onSent: () => connections++ });
    for (const request of [GET, GET, POST]) assert.equal((await connection.send(request)).text, "ok");
    connection.close();
    assert.equal(connections, 3);
    assert.match(miner.requests[2] ?? "", /^POST \/order HTTP\/1\.1\r\n[\s\S]*Content-Length: 2\r\n[\s\S]*\{\}$/);
  });

  test("a redirect is an answer; whatever it says, nothing is followed", async () => {
    await using miner = await device((socket) =>
      socket.end("HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"),
    );
    assert.equal((await send(miner.port, GET)).status, 307);
    assert.equal(miner.requests.length, 1);
  });

  test("a GET that meets a connection closed meanwhile goes again; an order never does", async () => {
    let answered = 0;
    await using miner = await device((socket) => {
      if (++answered % 2 === 1) socket.write(`${head(2)}ok`);
      else socket.resetAndDestroy();
    });
    const connection = new HttpConnection(line(miner.port));
    await connection.send(GET);
    assert.equal((await connection.send(GET)).text, "ok");
    connection.close();
    assert.equal(await codeOf(send(miner.port, POST)), "DEVICE_BAD_ANSWER");
    assert.equal(miner.requests.filter((request) => request.startsWith("POST")).length, 1);
  });

  test("what may have been sent is told from what was not", async () => {
    let sent = 0;
    const note = { onSent: () => sent++ };
    await using silent = await device(() => {});
    assert.equal(await codeOf(send(silent.port, POST, 150, note)), "DEVICE_SILENT");
    assert.equal(sent, 1);
    const closed = await device(() => {});
    await closed[Symbol.asyncDispose]();
    assert.equal(await codeOf(send(closed.port, POST, 500, note)), "DEVICE_REFUSED");
    await assert.rejects(send(closed.port, POST, 500, note), new RegExp(`:${closed.port} refuses connections`));
    assert.equal(await codeOf(send(silent.port, POST, 0, note)), "DEVICE_TIMED_OUT");
    assert.equal(sent, 1);
  });

  const drips: [what: string, first: string, drop: string][] = [
    ["of a head", "HTTP/1.1 200 OK\r\nX: ", "a"],
    ["of a body", head(100_000), "b"],
    ["of a body without a length", "HTTP/1.1 200 OK\r\n\r\n", "c"],
  ];
  for (const [what, first, drop] of drips) {
    test(`a drip ${what} ends with the time limit`, async () => {
      await using miner = await device((socket) => {
        socket.write(first);
        const timer = setInterval(() => socket.write(drop), 20);
        socket.once("close", () => clearInterval(timer));
      });
      const start = performance.now();
      assert.equal(await codeOf(send(miner.port, GET, 250)), "DEVICE_SILENT");
      assert.ok(performance.now() - start < 700);
    });
  }

  test("an answer without end, or one that unpacks to more than is taken, is refused", async () => {
    await using endless = await device((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      const more = () => socket.destroyed || socket.write(Buffer.alloc(65_536, 0x20), more);
      more();
    });
    assert.equal(await codeOf(send(endless.port, GET)), "DEVICE_BAD_ANSWER");
    const bomb = gzipSync(Buffer.alloc(10 * MAX_ANSWER_BYTES, 0x20));
    await using packed = await device((socket) => {
      socket.write(head(bomb.length, "Content-Encoding: gzip\r\n"));
      socket.end(bomb);
    });
    assert.equal(await codeOf(send(packed.port, GET)), "DEVICE_BAD_ANSWER");
  });

  test("is given up when the signal aborts", async () => {
    await using silent = await device(() => {});
    const abort = new AbortController();
    const pending = codeOf(send(silent.port, GET, 3_000, { signal: abort.signal }));
    abort.abort();
    assert.equal(await pending, "DEVICE_ABORTED");
  });

  test("property: any bytes settle, with an answer or a coded error, within the time limit", async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ maxLength: 200 }).map((text) => Buffer.from(`HTTP/1.1 200 OK\r\n${text}`)),
      fc.string({ maxLength: 200 }).map((text) => Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n${text}`)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (sent) => {
        await using miner = await device((socket) => socket.end(sent));
        const start = performance.now();
        assert.match(await codeOf(send(miner.port, GET, 400)), /^(answered|DEVICE_\w+)$/);
        assert.ok(performance.now() - start < 800);
      }),
      { numRuns: 60 },
    );
  });
});

/** A server that wants a digest, and gives a new nonce after so many uses, as Bitmain's does. */
function guarded(usesOfNonce: number, orders: HttpCall[]): (call: HttpCall) => HttpAnswer {
  let nonce = 0;
  let uses = 0;
  return (call) => {
    const signed = call.headers.authorization?.includes(`nonce="n${nonce}"`) ?? false;
    if (signed && uses++ < usesOfNonce) {
      if (call.method === "POST") orders.push(call);
      return { body: "{}" };
    }
    const stale = signed ? ", stale=TRUE" : "";
    uses = 0;
    const challenge = `Digest realm="antMiner Configuration", nonce="n${++nonce}", qop="auth"${stale}`;
    return { status: 401, headers: { "www-authenticate": challenge } };
  };
}

describe("a session", () => {
  const credentials = { username: "root", password: "root" };

  test("introduces itself before an order, which arrives once, whatever nonces run out", async () => {
    for (const uses of [1, 2, 50]) {
      const orders: HttpCall[] = [];
      await using miner = await serveHttp(guarded(uses, orders), { host });
      const session = new HttpSession(line(miner.port), { credentials });
      for (let n = 1; n <= 3; n++) {
        assert.equal((await session.write(POST)).status, 200);
        assert.equal(orders.length, n, `${uses} uses of a nonce`);
      }
      session.close();
    }
  });

  test("a wrong password is tried once and no more", async () => {
    const wrong: string[] = [];
    const answer = (call: HttpCall): HttpAnswer => {
      if (call.headers.authorization) wrong.push(call.headers.authorization);
      return { status: 401, headers: { "www-authenticate": `Digest realm="a", nonce="${wrong.length}", qop="auth"` } };
    };
    await using miner = await serveHttp(answer, { host });
    const session = new HttpSession(line(miner.port), { credentials });
    assert.equal((await session.write(POST)).status, 401);
    assert.equal(wrong.length, 1);
    session.close();
  });

  test("a login of the firmware's own opens it once; without credentials nothing is shown", async () => {
    const seen: string[] = [];
    const answer = (call: HttpCall): HttpAnswer => {
      seen.push(`${call.method} ${call.path} ${call.headers.token ?? "-"}`);
      if (call.path === "/login") return { body: { token: "t1" } };
      return call.headers.token === "t1" ? { body: {} } : { status: 403 };
    };
    await using miner = await serveHttp(answer, { host });
    const login = {
      request: (given: typeof credentials) => ({
        method: "POST" as const,
        path: "/login",
        body: JSON.stringify(given),
      }),
      session: ({ text }: { text: string }) => (text.includes("t1") ? { Token: "t1" } : null),
    };
    const session = new HttpSession(line(miner.port), { credentials, login });
    assert.equal((await session.write(POST)).status, 200);
    assert.equal((await session.read(GET)).status, 200);
    assert.deepEqual(seen, ["POST /login -", "POST /order t1", "GET /api t1"]);
    const stranger = new HttpSession(line(miner.port), { login });
    assert.equal((await stranger.write(POST)).status, 403);
    session.close();
    stranger.close();
  });
});
