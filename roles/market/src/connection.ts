import { WebSocket } from "ws";
import type { Product, Topic } from "./exchange.ts";

export type ConnectionHandlers = {
  onFrame: (connection: Connection, frame: Buffer, isBinary: boolean) => void;
  onOpen: (connection: Connection) => void;
  onClose: (connection: Connection, reason: string) => void;
  onSend?: (connection: Connection, frame: string) => void;
};

export type ConnectionOptions = {
  number: number;
  url: string;
  product: Product;
  topics: readonly Topic[];
  idleMs: number;
  pingMs: number;
};

type Pending = { request: number; topics: readonly Topic[]; isSubscribe: boolean };

const MAX_FRAME = 8 * 1024 * 1024;

/**
 * One WebSocket to an exchange: sends subscriptions no faster than allowed, keeps the connection alive and ends it when
 * the other end is gone without a word. It reads nothing; frames go to the handlers as they come.
 */
export class Connection {
  readonly number: number;
  readonly product: Product;
  /** Frames received, which numbers them in journal and files. */
  frames = 0;
  lastFrameMs = performance.now();
  pingSeconds = 0;
  isOpen = false;
  readonly openedAt = performance.now();
  readonly topics = new Map<string, Topic>();
  readonly #socket: WebSocket;
  readonly #handlers: ConnectionHandlers;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #outbox: { frame: string; pending: Pending }[] = [];
  #pending: Pending[] = [];
  #requests = 0;
  #pingAt: number | null = null;
  #isDone = false;
  readonly #idleMs: number;
  readonly #pingMs: number;

  constructor({ number, url, product, topics, idleMs, pingMs }: ConnectionOptions, handlers: ConnectionHandlers) {
    this.number = number;
    this.product = product;
    this.#handlers = handlers;
    this.#idleMs = idleMs;
    this.#pingMs = pingMs;
    this.#socket = new WebSocket(url, {
      perMessageDeflate: false,
      maxPayload: MAX_FRAME,
      handshakeTimeout: 10_000,
      skipUTF8Validation: true,
      headers: { ...product.wsHeaders },
    });
    this.#socket.on("message", (data: Buffer, isBinary: boolean) => this.#onMessage(data, isBinary));
    this.#socket.on("open", () => this.#onOpen());
    this.#socket.on("pong", () => this.#onPong());
    this.#socket.on("error", (error) => this.#end(`error: ${error.message}`));
    this.#socket.on("unexpected-response", (_request, response) => {
      response.resume();
      this.#end(`error: HTTP ${response.statusCode} instead of a WebSocket`);
    });
    this.#socket.on("close", (code, reason) => this.#end(`closed: ${code} ${reason.toString().slice(0, 80)}`.trim()));
    this.subscribe(topics);
  }

  subscribe(topics: readonly Topic[]): void {
    for (const topic of topics) this.topics.set(topic.name, topic);
    this.#queue(topics, true);
  }

  unsubscribe(topics: readonly Topic[]): void {
    for (const topic of topics) this.topics.delete(topic.name);
    this.#queue(topics, false);
  }

  /** Takes the topics off the list and asks for them again, as after a gap where the feed sends the snapshot. */
  resubscribe(topics: readonly Topic[]): void {
    this.unsubscribe(topics);
    this.subscribe(topics);
  }

  /** An answer to a subscription: the topics it was about, or none when nothing was asked. */
  settle(request: string | null, names: readonly string[] | null): { topics: readonly Topic[]; isSubscribe: boolean } {
    const at = this.#pending.findIndex(
      (one) =>
        request === null ||
        String(one.request) === request ||
        (names && one.topics.some((t) => names.includes(t.name))),
    );
    const [pending] = at < 0 ? [] : this.#pending.splice(at, 1);
    if (!pending) return { topics: [], isSubscribe: false };
    // Some exchanges answer for a part of what was asked, and then for the rest.
    if (names && names.length > 0 && request === null) {
      const rest = pending.topics.filter((topic) => !names.includes(topic.name));
      if (rest.length < pending.topics.length) {
        if (rest.length > 0) this.#pending.splice(at, 0, { ...pending, topics: rest });
        return {
          topics: pending.topics.filter((topic) => names.includes(topic.name)),
          isSubscribe: pending.isSubscribe,
        };
      }
    }
    return pending;
  }

  /** Stops reading until `resume`: the exchange is slowed down instead of memory filling up. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends the connection without waiting for the other end, which may not be there any more. */
  close(reason = "closed by us"): void {
    this.#end(reason);
  }

  #queue(topics: readonly Topic[], isSubscribe: boolean): void {
    const { topicsPerFrame } = this.product.limits;
    for (let at = 0; at < topics.length; at += topicsPerFrame) {
      const some = topics.slice(at, at + topicsPerFrame);
      const request = ++this.#requests;
      const frame = (isSubscribe ? this.product.subscribe : this.product.unsubscribe)(some, request);
      this.#outbox.push({ frame, pending: { request, topics: some, isSubscribe } });
    }
  }

  #onOpen(): void {
    this.isOpen = true;
    this.lastFrameMs = performance.now();
    const every = 1_000 / this.product.limits.framesPerSecond;
    this.#timers.push(
      setInterval(() => this.#sendNext(), every),
      setInterval(() => this.#check(), this.#pingMs),
    );
    const { keepalive } = this.product;
    if (keepalive) this.#timers.push(setInterval(() => this.#send(keepalive.frame(Date.now())), keepalive.everyMs));
    this.#sendNext();
    this.#handlers.onOpen(this);
  }

  #sendNext(): void {
    const next = this.#outbox.shift();
    if (!next) return;
    this.#pending.push(next.pending);
    this.#send(next.frame);
  }

  #send(frame: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#handlers.onSend?.(this, frame);
    this.#socket.send(frame);
  }

  #onMessage(data: Buffer, isBinary: boolean): void {
    if (this.#isDone) return;
    this.frames++;
    this.lastFrameMs = performance.now();
    this.#handlers.onFrame(this, data, isBinary);
  }

  #onPong(): void {
    if (this.#pingAt === null) return;
    this.pingSeconds = (performance.now() - this.#pingAt) / 1_000;
    this.#pingAt = null;
  }

  /** A ping without an answer for a whole interval means that nobody is there, however open the socket looks. */
  #check(): void {
    const now = performance.now();
    const isUnanswered = this.#pingAt !== null && now - this.#pingAt >= this.#pingMs * 0.9;
    // Frames prove life as well as a pong does.
    if (isUnanswered && now - this.lastFrameMs >= this.#pingMs * 0.9) this.#end("stalled: no answer to a ping");
    else if (now - this.lastFrameMs > this.#idleMs) this.#end("stalled: no frame");
    else {
      this.#pingAt = now;
      this.#socket.ping();
    }
  }

  #end(reason: string): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.isOpen = false;
    for (const timer of this.#timers) clearInterval(timer);
    // Half-open sockets never finish a closing handshake.
    this.#socket.terminate();
    this.#handlers.onClose(this, reason);
  }
}
