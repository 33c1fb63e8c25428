import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { authorization, challengeIn } from "@banksman/kit/http-auth";
import fc from "fast-check";
import { RtspExchange } from "./rtsp-exchange.ts";
import { bytesOfMessage, headerOf, type RtspMessage, RtspReader, type RtspSaid } from "./rtsp-messages.ts";

const saidIn = (...chunks: (string | Buffer)[]): RtspSaid[] => {
  const reader = new RtspReader();
  return chunks.flatMap((chunk) => [...reader.read(Buffer.from(chunk))]);
};
const messageIn = (bytes: string | Buffer): RtspMessage => {
  const [said] = saidIn(bytes);
  assert.ok(said && "message" in said);
  return said.message;
};

const token = fc.stringMatching(/^[A-Za-z][A-Za-z-]{0,12}$/).filter((name) => !/^content-length$/i.test(name));
const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
const message = fc.record(
  {
    first: fc.constantFrom("RTSP/1.0 200 OK", "SETUP rtsp://cam/track1 RTSP/1.0", "RTSP/1.0 401 Unauthorized"),
    headers: fc.array(fc.tuple(token, value), { maxLength: 6 }),
    body: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  },
  { noNullPrototype: true },
);
const frame = fc.uint8Array({ maxLength: 60 }).map((bytes) => {
  const head = Buffer.from([0x24, 0, 0, 0]);
  head.writeUInt16BE(bytes.length, 2);
  return Buffer.concat([head, bytes]);
});
const said = fc.oneof(
  message.map((one): RtspSaid => ({ message: one })),
  frame.map((one): RtspSaid => ({ frame: one })),
);
/** Without what writing a message adds. */
const bare = (one: RtspSaid): RtspSaid =>
  "frame" in one
    ? one
    : { message: { ...one.message, headers: one.message.headers.filter(([name]) => name !== "Content-Length") } };

describe("an RTSP connection", () => {
  test("is read the same in whatever pieces it comes", () => {
    fc.assert(
      fc.property(fc.array(said, { maxLength: 6 }), fc.array(fc.nat(400), { maxLength: 12 }), (all, cuts) => {
        const bytes = Buffer.concat(all.map((one) => ("frame" in one ? one.frame : bytesOfMessage(one.message))));
        const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b), bytes.length];
        const chunks = at.slice(1).map((to, n) => bytes.subarray(at[n], to));
        assert.deepEqual(saidIn(...chunks).map(bare), all);
      }),
    );
  });

  test("whatever comes, it is read or refused, and never waited for without an end", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          saidIn(Buffer.from(bytes));
        } catch (error) {
          assert.ok(error instanceof RangeError);
        }
      }),
    );
    assert.throws(() => saidIn("x".repeat(40_000)), RangeError);
    assert.throws(() => saidIn("RTSP/1.0 200 OK\r\nContent-Length: 9999999\r\n\r\n"), RangeError);
  });

  test("lines that end with a line feed alone end here as they do for ffmpeg, so that nothing hides behind one", () => {
    const [first, second] = saidIn("RTSP/1.0 200 OK\nCSeq: 1\n\nRTSP/1.0 302 Moved\nLocation: rtsp://inner/\r\n\r\n");
    assert.ok(first && "message" in first && second && "message" in second);
    assert.equal(second.message.first, "RTSP/1.0 302 Moved");
  });
});

const DOOR = "rtsp://127.0.0.1:4000/camera";
const CAMERA = "rtsp://10.0.0.9:554/Streaming/Channels/101?profile=a";
const CREDENTIALS = { username: "viewer", password: "s3cret" };
const requestOf = (method: string, url: string, sequence: number) =>
  messageIn(`${method} ${url} RTSP/1.0\r\nCSeq: ${sequence}\r\nUser-Agent: Lavf\r\n\r\n`);
const answerOf = (request: Buffer, status: string, headers = "") =>
  messageIn(`RTSP/1.0 ${status}\r\nCSeq: ${headerOf(messageIn(request), "cseq")}\r\n${headers}\r\n`);

describe("between a player and a camera", () => {
  test("what is asked at the door is asked of the camera by its own address", () => {
    const exchange = new RtspExchange(DOOR, CAMERA, null);
    assert.equal(messageIn(exchange.asked(requestOf("DESCRIBE", DOOR, 1))).first, `DESCRIBE ${CAMERA} RTSP/1.0`);
    const track = exchange.asked(requestOf("SETUP", `${DOOR}/track1`, 2));
    assert.equal(messageIn(track).first, `SETUP ${CAMERA}/track1 RTSP/1.0`);
    const absolute = exchange.asked(requestOf("SETUP", "rtsp://10.0.0.9/base/track2", 3));
    assert.equal(messageIn(absolute).first, "SETUP rtsp://10.0.0.9/base/track2 RTSP/1.0");
  });

  test("a challenge is answered here, the player gets the answer to its own question", () => {
    const exchange = new RtspExchange(DOOR, CAMERA, CREDENTIALS);
    const plain = exchange.asked(requestOf("DESCRIBE", DOOR, 7));
    const challenge = 'Digest realm="cam", nonce="abc", stale="FALSE"';
    const next = exchange.answered(answerOf(plain, "401 Unauthorized", `WWW-Authenticate: ${challenge}\r\n`));
    assert.ok(next && "toCamera" in next);
    const signed = messageIn(next.toCamera);
    assert.notEqual(headerOf(signed, "cseq"), headerOf(messageIn(plain), "cseq"), "another request to the camera");
    const known = challengeIn(challenge);
    assert.ok(known);
    const signing = { method: "DESCRIBE", uri: CAMERA, count: 1 };
    assert.equal(headerOf(signed, "authorization"), authorization(known, CREDENTIALS, signing));
    const answered = exchange.answered(answerOf(next.toCamera, "200 OK"));
    assert.ok(answered && "toPlayer" in answered);
    assert.equal(headerOf(messageIn(answered.toPlayer), "cseq"), "7");
    const later = messageIn(exchange.asked(requestOf("SETUP", `${DOOR}/track1`, 8)));
    assert.match(headerOf(later, "authorization") ?? "", /^Digest .*uri="rtsp:\/\/10\.0\.0\.9.*\/track1"/);
  });

  test("Digest is taken where Basic is offered too; a name that is refused again is told", () => {
    const exchange = new RtspExchange(DOOR, CAMERA, CREDENTIALS);
    const both = 'WWW-Authenticate: Basic realm="cam"\r\nWWW-Authenticate: Digest realm="cam", nonce="n1"\r\n';
    const next = exchange.answered(answerOf(exchange.asked(requestOf("DESCRIBE", DOOR, 1)), "401 Unauthorized", both));
    assert.ok(next && "toCamera" in next);
    assert.match(headerOf(messageIn(next.toCamera), "authorization") ?? "", /^Digest /);
    const again = exchange.answered(answerOf(next.toCamera, "401 Unauthorized", both));
    assert.ok(again && "toPlayer" in again);
    assert.match(messageIn(again.toPlayer).first, / 401 /);
  });

  test("what the player was refused is remembered until the camera answers it otherwise", () => {
    const exchange = new RtspExchange(DOOR, CAMERA, null);
    const told = (status: string) => {
      exchange.answered(answerOf(exchange.asked(requestOf("DESCRIBE", DOOR, 1)), status));
      return exchange.refusal?.trouble ?? null;
    };
    assert.deepEqual(["401 No", "403 No", "404 No", "500 No", "404 No", "200 OK"].map(told), [
      "refused_sign_in",
      "refused_sign_in",
      "not_found",
      null,
      "not_found",
      null,
    ]);
  });

  test("a camera that answers no keep-alives is asked on, and what it answers at last is passed on", () => {
    const exchange = new RtspExchange(DOOR, CAMERA, null);
    const asked = Array.from({ length: 100 }, (_, n) => exchange.asked(requestOf("GET_PARAMETER", DOOR, n + 1)));
    const last = exchange.answered(answerOf(asked.at(-1) ?? assert.fail(), "200 OK"));
    assert.ok(last && "toPlayer" in last);
    assert.equal(headerOf(messageIn(last.toPlayer), "cseq"), "100");
  });

  test("who sends elsewhere, or speaks something else, ends it; what a camera orders is not done", () => {
    const exchange = new RtspExchange(DOOR, CAMERA, null);
    const asked = exchange.asked(requestOf("DESCRIBE", DOOR, 1));
    assert.throws(() => exchange.answered(answerOf(asked, "302 Moved")), { trouble: "address_refused" });
    assert.throws(() => exchange.answered(messageIn("HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n")), {
      trouble: "not_video",
    });
    assert.throws(() => exchange.answered(messageIn("REDIRECT rtsp://x RTSP/1.0\r\nCSeq: 1\r\n\r\n")), {
      trouble: "address_refused",
    });
    const refused = exchange.answered(messageIn("ANNOUNCE rtsp://x RTSP/1.0\r\nCSeq: 5\r\n\r\n"));
    assert.ok(refused && "toCamera" in refused);
    assert.match(refused.toCamera.toString(), /^RTSP\/1\.0 501 .*\r\nCSeq: 5\r\n/);
  });
});
