import type { WebSocket } from "ws";
import type { Dialect, Request, SimTopic, Wire } from "./dialect.ts";
import type { FaultList } from "./faults.ts";

/** One client's connection: its subscriptions, and what goes out to it. */
export class Link {
  readonly topics = new Map<string, SimTopic>();
  readonly #socket: WebSocket;
  readonly #dialect: Dialect;
  readonly #faults: FaultList;
  readonly #hasSymbol: (symbol: string) => boolean;
  readonly #onSubscribed: (link: Link, topic: SimTopic) => void;
  #isDead = false;
  /** Frames of one symbol that wait to be overtaken by the next one. */
  readonly #late = new Map<string, Wire>();

  constructor(
    socket: WebSocket,
    dialect: Dialect,
    faults: FaultList,
    hasSymbol: (symbol: string) => boolean,
    onSubscribed: (link: Link, topic: SimTopic) => void,
  ) {
    this.#socket = socket;
    this.#dialect = dialect;
    this.#faults = faults;
    this.#hasSymbol = hasSymbol;
    this.#onSubscribed = onSubscribed;
    socket.on("message", (data: Buffer) => this.#onMessage(data.toString()));
    socket.on("error", () => socket.terminate());
  }

  get isOpen(): boolean {
    return !this.#isDead && this.#socket.readyState === this.#socket.OPEN;
  }

  /** Bytes the client has not taken yet. */
  get backlog(): number {
    return this.#socket.bufferedAmount;
  }

  send(wire: Wire): void {
    if (this.isOpen && wire !== "") this.#socket.send(wire, { binary: typeof wire !== "string" });
  }

  /** Sends a frame of a book, unless a failure that is due does something else to it. */
  sendBook(topic: SimTopic, wire: Wire, fault: ReturnType<FaultList["frame"]>, spoilt: Wire): void {
    const late = this.#late.get(topic.symbol);
    this.#late.delete(topic.symbol);
    if (fault === "swap") this.#late.set(topic.symbol, wire);
    else if (fault === "duplicate") {
      this.send(wire);
      this.send(wire);
    } else if (fault !== "drop" && fault !== "stall") this.send(spoilt);
    if (late !== undefined) this.send(late);
  }

  /** Neither reads nor writes any more, and doesn't say so: what a cut cable looks like. */
  goDead(): void {
    this.#isDead = true;
    this.#socket.pause();
  }

  reset(): void {
    this.#socket.terminate();
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  #onMessage(text: string): void {
    if (this.#isDead) return;
    const request = this.#dialect.request(parse(text));
    if (request.kind === "ping") this.send(this.#dialect.pong(request));
    else if (request.kind === "unsubscribe") {
      for (const name of request.names) this.topics.delete(name);
      this.send(this.#dialect.accepted(request));
    } else if (request.kind === "subscribe") this.#subscribe(request);
  }

  #subscribe(request: Request): void {
    const { acceptsAnything, refusesWhole } = this.#dialect;
    const judged = request.names.map((name) => ({
      name,
      topic: this.#dialect.topic(name),
      told: this.#faults.topic(name),
    }));
    const bad = judged.find(
      ({ topic, told }) => told?.kind === "reject" || (!acceptsAnything && !this.#isKnown(topic)),
    );
    if (bad) this.send(this.#dialect.refused(request, bad.name, bad.told?.reason ?? "Blocked"));
    if (bad && (refusesWhole || judged.length === 1)) return;
    const good = judged.filter((one) => one !== bad);
    if (!bad) this.send(this.#dialect.accepted(request));
    else if (good.length > 0) this.send(this.#dialect.accepted({ ...request, names: good.map((one) => one.name) }));
    for (const { topic, told } of good) {
      if (!topic || !this.#isKnown(topic) || told?.kind === "mute") continue;
      this.topics.set(topic.name, topic);
      this.#onSubscribed(this, topic);
    }
  }

  #isKnown(topic: SimTopic | null): boolean {
    return topic !== null && this.#hasSymbol(topic.symbol);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
