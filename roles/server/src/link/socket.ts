import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { jsonOf, type Log, messageOf, VERSION } from "@banksman/kit";
import { EdgeFrame, LINK_PROTOCOL, type ServerFrame } from "@banksman/wire/link";
import { endOf } from "@banksman/wire/model";
import { type RawData, WebSocket, WebSocketServer } from "ws";
import { createBatcher } from "../audit/batcher.ts";
import type { Ended } from "../commands/ended.ts";
import type { Lanes, Told, Tx } from "../commands/lanes.ts";
import type { Lessee } from "../cooling/lessee.ts";
import type { Caller } from "../http/caller.ts";
import { acceptUpgrades, type Upgrade } from "../http/upgrades.ts";
import type { Dispatcher, Link } from "./dispatcher.ts";
import type { Hello, LinkStore } from "./store.ts";

/** A peer that is gone is noticed within two beats; proxies close what is silent for a minute. */
const HEARTBEAT_MS = 10_000;
const MAX_FRAME_BYTES = 32 * 1024 * 1024;
const HELLO_PATIENCE_MS = 10_000;
const CLOSE_PATIENCE_MS = 1_000;
const TOLD_TOGETHER = 500;

type Parts = {
  identify: (request: IncomingMessage) => Promise<Caller>;
  links: LinkStore;
  lanes: Pick<Lanes, "told">;
  dispatcher: Dispatcher;
  /** Tells the audit trail what ended, as a part of the transaction that ends it. */
  onEnded: (ended: readonly Ended[], collectorId: string, tx: Tx) => Promise<void>;
  /** Leases cooling units to an edge. */
  lessee: (link: Link, send: (frame: ServerFrame) => void) => Lessee;
  log: Log;
};
type Collector = Extract<Caller, { is: "collector" }>;

/** The order links: each edge opens one, and says who it is and what it can do; commands go down, what became of them up. */
export function serveLinks(parts: Parts): { upgrade: Upgrade; close: () => Promise<void> } {
  const serverId = randomUUID();
  const open = new Set<Connection>();
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES });
  const upgrade = acceptUpgrades(sockets, {
    identify: parts.identify,
    refuses: ({ is }) => (is === "collector" ? null : "401 Unauthorized"),
    welcome: (webSocket, request, caller) => {
      if (caller.is !== "collector") return;
      const connection = new Connection(webSocket, request, caller, serverId, parts);
      open.add(connection);
      webSocket.on("close", () => open.delete(connection));
    },
    what: "an order link",
    log: parts.log,
  });
  const heartbeat = setInterval(() => {
    for (const connection of open) connection.beat();
  }, HEARTBEAT_MS);
  const close = async () => {
    clearInterval(heartbeat);
    await Promise.all([...open].map((connection) => connection.end("the server stops")));
    sockets.close();
  };
  return { upgrade, close };
}

/** One edge's connection: nothing until its hello, then a link until it is closed or another takes its place. */
class Connection {
  readonly #socket: WebSocket;
  readonly #request: IncomingMessage;
  readonly #caller: Collector;
  readonly #serverId: string;
  readonly #parts: Parts;
  #link: Link | null = null;
  #lessee: Lessee | null = null;
  #alive = true;
  #gone: Promise<void> = Promise.resolve();
  /** Frames are taken one after another: a hello is through before what follows it. */
  #inTurn: Promise<void> = Promise.resolve();
  readonly #told = createBatcher<Told>((told) => this.#take(told), TOLD_TOGETHER);

  constructor(socket: WebSocket, request: IncomingMessage, caller: Collector, serverId: string, parts: Parts) {
    this.#socket = socket;
    this.#request = request;
    this.#caller = caller;
    this.#serverId = serverId;
    this.#parts = parts;
    const late = setTimeout(() => this.#refuse("no_hello", "no hello within 10 s"), HELLO_PATIENCE_MS);
    socket.on("pong", () => {
      this.#alive = true;
    });
    socket.on("error", () => socket.terminate());
    socket.on("message", (data) => {
      clearTimeout(late);
      this.#inTurn = this.#inTurn
        .then(() => this.#take1(data))
        .catch((error: unknown) => {
          parts.log.warn({ err: error }, `an order link fails: ${messageOf(error)}`);
          // The edge comes back and tells again what was not taken.
          socket.close(1011, "server error");
        });
    });
    socket.on("close", () => {
      clearTimeout(late);
      this.#unlink();
    });
  }

  beat(): void {
    if (!this.#alive) this.#socket.terminate();
    this.#alive = false;
    this.#socket.ping();
    this.#recheck().catch((error: unknown) => this.#parts.log.warn({ err: error }, "a link could not be checked"));
  }

  async end(why: string): Promise<void> {
    this.#socket.close(1001, why);
    const cut = setTimeout(() => this.#socket.terminate(), CLOSE_PATIENCE_MS);
    cut.unref();
    this.#unlink();
    await this.#inTurn;
    await this.#gone;
  }

  /** Whoever lost the key, or whose link is another's by now, is sent away. */
  async #recheck(): Promise<void> {
    const link = this.#link;
    const caller = await this.#parts.identify(this.#request);
    if (caller.is !== "collector" || caller.siteNo !== this.#caller.siteNo)
      return this.#refuse("key_revoked", "this collector key is no longer valid");
    if (!link) return;
    const { ledgerId, generation } = link;
    if (!(await this.#parts.links.seen(ledgerId, this.#serverId, generation, link.minerIds.size)))
      this.#refuse("linked_elsewhere", "this edge is linked elsewhere by now");
  }

  async #take1(data: RawData): Promise<void> {
    const frame = EdgeFrame.safeParse(jsonOf(String(data)));
    if (!frame.success)
      return this.#refuse("bad_frame", `not a frame of this protocol: ${frame.error.issues[0]?.message ?? ""}`);
    if (frame.data.type === "hello") return this.#hello(frame.data);
    const link = this.#link;
    if (!link) return this.#refuse("no_hello", "say hello first");
    switch (frame.data.type) {
      case "miners":
        link.minerIds = new Set(frame.data.miner_ids);
        return this.#parts.dispatcher.poke(link.siteNo);
      case "progress": {
        const { command_id: commandId, stage } = frame.data;
        return this.#tell({ commandId, event: stage === "executing" ? "begin" : "verify", result: null });
      }
      case "result": {
        const { command_id: commandId, result } = frame.data;
        return this.#tell({ commandId, event: endOf(result), result });
      }
      case "cooling_lease":
        return this.#lessee?.take(frame.data);
    }
  }

  async #hello(hello: Hello): Promise<void> {
    if (hello.protocol !== LINK_PROTOCOL)
      return this.#refuse(
        "protocol",
        `this server speaks protocol ${LINK_PROTOCOL}; the edge speaks ${hello.protocol}`,
      );
    this.#unlink();
    const { links, dispatcher, log } = this.#parts;
    const generation = await links.take(this.#caller.siteNo, this.#serverId, hello);
    if (generation === null) return this.#refuse("another_site", "this edge's record of commands is of another site");
    // Closed meanwhile: nobody else would say that it is no link.
    if (this.#socket.readyState !== WebSocket.OPEN) return links.gone(hello.ledger_id, this.#serverId, generation);
    const link: Link = {
      siteNo: this.#caller.siteNo,
      siteId: this.#caller.siteId,
      serverId: this.#serverId,
      ledgerId: hello.ledger_id,
      generation,
      collectorId: hello.collector_id,
      minerIds: new Set(hello.miner_ids),
      units: new Map(),
      send: (frame) => this.#send(frame),
    };
    this.#link = link;
    this.#lessee = this.#parts.lessee(link, (frame) => this.#send(frame));
    this.#send({ type: "welcome", server: `banksman ${VERSION}` });
    log.info({ site_id: link.siteId, collector: link.collectorId, miners: link.minerIds.size }, "an edge is linked");
    await dispatcher.resend(link);
    if (this.#link !== link || this.#socket.readyState !== WebSocket.OPEN) return;
    dispatcher.add(link);
    dispatcher.poke(link.siteNo);
  }

  /** Not awaited in turn: what many devices tell at once goes into one transaction. */
  #tell(told: Told): void {
    this.#told.add([told]).catch((error: unknown) => {
      this.#parts.log.warn({ err: error }, "what an edge told could not be kept; it will tell it again");
      this.#socket.close(1011, "server error");
    });
  }

  async #take(told: Told[]): Promise<void> {
    const link = this.#link;
    if (!link) return;
    const { lanes, dispatcher, onEnded } = this.#parts;
    await lanes.told(link, told, (ended, tx) => onEnded(ended, link.collectorId, tx));
    for (const { commandId, result } of told) if (result) this.#send({ type: "taken", command_id: commandId });
    if (told.some(({ result }) => result)) dispatcher.poke(link.siteNo);
  }

  #unlink(): void {
    const link = this.#link;
    if (!link) return;
    this.#link = null;
    this.#lessee?.stop();
    this.#lessee = null;
    const { dispatcher, links, log } = this.#parts;
    dispatcher.remove(link);
    this.#gone = links
      .gone(link.ledgerId, this.#serverId, link.generation)
      .catch((error: unknown) => log.warn({ err: error }, "that a link is gone could not be noted"));
  }

  #refuse(code: string, detail: string): void {
    this.#send({ type: "problem", code, detail });
    this.#socket.close(1008, code);
  }

  #send(frame: ServerFrame): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }
}
