import { randomBytes, randomInt } from "node:crypto";
import { createServer, type Socket } from "node:net";
import type { SimCamera } from "./camera.ts";
import { listen } from "./listen.ts";
import { sdpOf, type Track } from "./rtp.ts";
import { RtspReader, type RtspRequest } from "./rtsp-request.ts";
import { RtspStream } from "./rtsp-stream.ts";
import { digestChallenge, mayEnterByDigest, type SignIn } from "./sign-in.ts";

type Answer = { status: string; headers?: Record<string, string>; body?: string; sent?: () => void };
const METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER";
const HTML = "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<!doctype html><title>Login</title>\n";

/** All cameras behind one port, each with its streams `/cam-001` and `/cam-001/low`, over TCP alone. */
export async function serveCamerasRtsp(
  cameras: ReadonlyMap<string, SimCamera>,
  { host, port, signIn }: { host: string; port: number; signIn: SignIn | undefined },
): Promise<{ port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const connection = new Connection(socket, cameras, signIn);
    socket.once("close", () => {
      sockets.delete(socket);
      connection.close();
    });
    socket.on("error", () => socket.destroy());
    const reader = new RtspReader();
    const cut = () => {
      socket.resetAndDestroy();
    };
    let turn = Promise.resolve();
    socket.on("data", (chunk: Buffer) => {
      try {
        for (const request of reader.read(chunk)) turn = turn.then(() => connection.take(request)).catch(cut);
      } catch {
        cut();
      }
    });
  });
  return {
    port: await listen(server, host, port),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

class Connection {
  readonly #socket: Socket;
  readonly #cameras: ReadonlyMap<string, SimCamera>;
  readonly #signIn: SignIn | undefined;
  readonly #session = randomInt(2 ** 31).toString();
  readonly #nonce = randomBytes(16).toString("hex");
  #stream: RtspStream | undefined;

  constructor(socket: Socket, cameras: ReadonlyMap<string, SimCamera>, signIn: SignIn | undefined) {
    this.#socket = socket;
    this.#cameras = cameras;
    this.#signIn = signIn;
  }

  close(): void {
    this.#stream?.stop();
  }

  /** Answers one request; the next one waits for it. */
  async take(request: RtspRequest): Promise<void> {
    const [, id = "", folder] = /^rtsp:\/\/[^/]+\/([^/?]+)(?:\/(low))?/.exec(request.url) ?? [];
    const camera = this.#cameras.get(id);
    if (camera?.fault === "dead") {
      this.#socket.resetAndDestroy();
      return;
    }
    if (camera?.fault === "wrong_type") {
      this.#socket.end(HTML);
      return;
    }
    const answer = camera
      ? await this.#answer(request, camera, folder === "low" ? "low" : "main")
      : { status: "404 Not Found" };
    this.#send(request, answer);
    answer.sent?.();
  }

  #send({ headers: asked }: RtspRequest, { status, headers = {}, body = "" }: Answer): void {
    const sequence = asked.get("cseq");
    const all = {
      ...(sequence !== undefined && { CSeq: sequence }),
      ...headers,
      ...(body !== "" && { "Content-Length": Buffer.byteLength(body) }),
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
    this.#socket.write(`${[`RTSP/1.0 ${status}`, ...lines].join("\r\n")}\r\n\r\n${body}`);
  }

  async #answer({ method, url, headers }: RtspRequest, camera: SimCamera, name: "main" | "low"): Promise<Answer> {
    if (method === "OPTIONS") return { status: "200 OK", headers: { Public: METHODS } };
    const asked = { method, authorization: headers.get("authorization"), nonce: this.#nonce };
    if (!mayEnterByDigest(camera, this.#signIn, asked))
      return { status: "401 Unauthorized", headers: { "WWW-Authenticate": digestChallenge(this.#nonce) } };
    switch (method) {
      case "DESCRIBE":
        return await this.#describe(url, camera, name);
      case "SETUP":
        return this.#setUp(headers.get("transport") ?? "", camera, (await camera.loop())[name].track());
      case "PLAY":
        return this.#play(url);
      case "GET_PARAMETER":
        return { status: "200 OK", headers: { Session: this.#session } };
      case "TEARDOWN":
        this.#stream?.stop();
        this.#stream = undefined;
        return { status: "200 OK" };
      default:
        return { status: "405 Method Not Allowed", headers: { Allow: METHODS } };
    }
  }

  #play(url: string): Answer {
    const stream = this.#stream;
    if (!stream) return { status: "455 Method Not Valid in This State" };
    const RtpInfo = `url=${url.replace(/\/$/, "")}/track1;${stream.beginning}`;
    const headers = { Session: this.#session, Range: "npt=0.000-", "RTP-Info": RtpInfo };
    return { status: "200 OK", headers, sent: () => stream.play() };
  }

  async #describe(url: string, camera: SimCamera, name: "main" | "low"): Promise<Answer> {
    if (camera.fault === "segment_404") return { status: "404 Not Found" };
    if (camera.fault === "inner_address")
      return { status: "302 Moved Temporarily", headers: { Location: "rtsp://169.254.169.254/stream" } };
    const body = sdpOf((await camera.loop())[name].track(), `${camera.site} ${camera.id}`);
    const base = url.endsWith("/") ? url : `${url}/`;
    return { status: "200 OK", headers: { "Content-Type": "application/sdp", "Content-Base": base }, body };
  }

  #setUp(transport: string, camera: SimCamera, track: Track): Answer {
    const [, channel] = /RTP\/AVP\/TCP;.*interleaved=(\d{1,3})/.exec(transport) ?? [];
    if (channel === undefined || Number(channel) > 254) return { status: "461 Unsupported Transport" };
    this.#stream?.stop();
    this.#stream = new RtspStream(camera, track, this.#socket, Number(channel));
    const Transport = `RTP/AVP/TCP;unicast;interleaved=${channel}-${Number(channel) + 1}`;
    return { status: "200 OK", headers: { Session: `${this.#session};timeout=60`, Transport } };
  }
}
