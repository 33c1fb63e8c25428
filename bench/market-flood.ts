/**
 * The other side of bench/market-sockets.ts: an exchange that sends frames made beforehand as fast as they are taken.
 *   node bench/market-flood.ts CONNECTOR SYMBOLS FRAMES_EACH LEVELS [FRAMES_A_SECOND]
 * Prints its port. With a rate it sends so many frames a second over all symbols, else as many as the client takes.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { dialects } from "../roles/sim/src/exchanges/dialects/index.ts";
import { framesOf } from "./market-frames.ts";

const [connector = "binance", symbols = "1", each = "10000", levels = "4", rate = "0"] = process.argv.slice(2);
const found = dialects.find((one) => one.connector === connector);
if (!found) throw new Error(connector);
const dialect = found;
const bases = Array.from({ length: Number(symbols) }, (_, at) => `C${at}`);
const made = new Map(
  bases.map((base) => [dialect.symbolOf(base, "USDT"), framesOf(connector, base, Number(each), Number(levels))]),
);
const listings = bases.map((base) => ({ symbol: dialect.symbolOf(base, "USDT"), base, quote: "USDT" }));

const http = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://flood");
  const call = dialect.rest(url.pathname, url.searchParams);
  const body = () => {
    if (call?.kind === "instruments") return dialect.instrumentsBody(listings);
    if (call?.kind === "time") return dialect.timeBody(Date.now());
    const one = call?.kind === "depth" ? made.get(call.symbol) : undefined;
    return one ? dialect.depthBody(one.symbol, one.snapshot) : {};
  };
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body()));
});
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
sockets.on("connection", (socket) => {
  const wanted = new Set<string>();
  socket.on("message", (data: Buffer) => {
    const request = dialect.request(JSON.parse(data.toString()));
    if (request.kind !== "subscribe") return;
    socket.send(dialect.accepted(request));
    for (const name of request.names) {
      const topic = dialect.topic(name);
      const one = topic?.channel === "book" ? made.get(topic.symbol) : undefined;
      if (!topic || !one || wanted.has(one.symbol)) continue;
      wanted.add(one.symbol);
      if (dialect.full && dialect.startsFull(topic)) socket.send(dialect.full(topic, one.snapshot));
    }
  });
  // The first frame of each makes the collector fetch snapshots; the flood starts when those had time to come.
  const patience = 1_500 + Number(symbols) * 6;
  setTimeout(() => send(socket, [...wanted], 0, 1), patience);
  setTimeout(() => void flood(socket, [...wanted]), patience * 2 + 3_000);
});

function send(socket: WebSocket, wanted: readonly string[], from: number, to: number): void {
  for (let at = from; at < to; at++)
    for (const symbol of wanted) {
      const frame = made.get(symbol)?.frames[at];
      if (frame) socket.send(frame, { binary: connector === "mexc" });
    }
}

async function flood(socket: WebSocket, wanted: readonly string[]): Promise<void> {
  const perSecond = Number(rate);
  const started = performance.now();
  for (let at = 1; at < Number(each) && socket.readyState === socket.OPEN; at++) {
    send(socket, wanted, at, at + 1);
    const due = perSecond > 0 ? started + (at * wanted.length * 1_000) / perSecond : 0;
    while (socket.bufferedAmount > 1_000_000 || performance.now() < due)
      await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

http.listen(0, "127.0.0.1", () => console.log((http.address() as AddressInfo).port));
