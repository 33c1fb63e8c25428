import type { Credentials } from "@banksman/kit/http-auth";
import { decode } from "../decode/decode.ts";
import { isRecord, type Reply } from "../decode/reply.ts";
import { webReply } from "../decode/web-reply.ts";
import { DeviceErrors } from "../errors.ts";
import type { Family } from "../family.ts";
import { exchange, type Line } from "../transports/exchange.ts";
import { HttpSession, isTurnedAway, START_PAGE } from "../transports/http-session.ts";
import { V3Connection } from "../transports/v3.ts";
import { seal, tokenOf, unseal, v3Order } from "../transports/whatsminer-crypto.ts";
import type { Message, Told } from "./command.ts";
import { OrderErrors } from "./errors.ts";

/** The ports of a device: of its cgminer API, of its web server and of API 3. */
export type Ports = { api: number; web: number; v3: number };

type Of<Door extends Message["door"]> = Extract<Message, { door: Door }>;

/** One order's ways to a device, each opened when the first message goes through it. `close` always. */
export class Doors {
  readonly #line: Line;
  readonly #ports: Ports;
  readonly #family: Family;
  readonly #credentials: Credentials | undefined;
  #web: HttpSession | undefined;
  #session: string | undefined;
  /** Called just before an order's first byte leaves. */
  #onOrder: () => void = () => {};

  constructor(line: Line, ports: Ports, family: Family, credentials: Credentials | undefined) {
    this.#line = { ...line, port: ports.api };
    this.#ports = ports;
    this.#family = family;
    this.#credentials = credentials;
  }

  async close(): Promise<void> {
    this.#web?.close();
    const close = this.#family.api?.session?.close;
    // A session that stays open locks everybody else out until it runs out; that it did is no matter of the order.
    if (close && this.#session) await this.#plain(close, this.#session).catch(() => {});
  }

  /** Asks something that changes nothing. Rejects with a DeviceError or an OrderError. */
  async ask(message: Message): Promise<Told> {
    this.#onOrder = () => {};
    return this.#send(message, "read");
  }

  /**
   * Delivers an order once; `onSent` is called just before it leaves. Rejects with a DeviceError or an OrderError.
   * What is asked to prepare it (a token, a nonce, a session) comes before that.
   */
  async deliver(message: Message, onSent: () => void): Promise<Told> {
    this.#onOrder = onSent;
    return this.#send(message, "write");
  }

  /** Whether this message would be turned away because nobody says who sends it; a web server is asked for its start page. */
  async wantsLogin(message: Message): Promise<boolean> {
    if (this.#credentials) return false;
    switch (message.door) {
      case "whatsminer":
        return true;
      case "v3":
        return !isQuestion(message);
      case "web":
        return this.#family.web?.login !== undefined || isTurnedAway(await this.#openWeb().look(START_PAGE));
      case "cgminer":
      case "session":
        return false;
    }
  }

  async #send(message: Message, how: "read" | "write"): Promise<Told> {
    switch (message.door) {
      case "web":
        return toldByWeb(await this.#openWeb()[how](message.request));
      case "cgminer":
        return this.#exchange(message.command, message.text);
      case "session":
        return this.#overSession(message);
      case "whatsminer":
        return this.#encrypted(message);
      case "v3":
        return this.#overV3(message);
    }
  }

  #openWeb(): HttpSession {
    const login = this.#family.web?.login;
    this.#web ??= new HttpSession(
      { ...this.#line, port: this.#ports.web, onSent: () => this.#onOrder() },
      { ...(this.#credentials && { credentials: this.#credentials }), ...(login && { login }) },
    );
    return this.#web;
  }

  async #exchange(command: string, text: string): Promise<Told> {
    const { text: answer } = await exchange({ ...this.#line, onSent: () => this.#onOrder() }, text);
    return toldByApi(command, answer);
  }

  /** A question of our own, which is no order. */
  async #plain(command: string, parameter?: string): Promise<Told> {
    const text = JSON.stringify(parameter === undefined ? { command } : { command, parameter });
    return toldByApi(command, (await exchange(this.#line, text)).text);
  }

  async #overSession({ command, argument }: Of<"session">): Promise<Told> {
    const opens = this.#family.api?.session;
    if (opens && this.#session === undefined) {
      const { reply } = await this.#plain(opens.open);
      const id = opens.id(reply.body);
      if (id === null) throw DeviceErrors.ACCESS_DENIED(reply.message ?? "it opens no session");
      this.#session = id;
    }
    const parameter = [this.#session, argument].filter((part) => part !== undefined && part !== "").join(",");
    return this.#exchange(command, JSON.stringify({ command, parameter }));
  }

  /** 135 says that the token was no good and nothing was done: then, and only then, it goes again with a new one. */
  async #encrypted(message: Of<"whatsminer">): Promise<Told> {
    const told = await this.#withToken(message);
    return told.reply.code === TOKEN_BAD ? this.#withToken(message) : told;
  }

  async #withToken({ command, params }: Of<"whatsminer">): Promise<Told> {
    if (!this.#credentials) throw OrderErrors.CREDENTIALS_NEEDED(this.#family.title);
    const asked = await exchange(this.#line, '{"cmd":"get_token"}');
    const { reply } = toldByApi("get_token", asked.text);
    const seed = reply.body.Msg;
    if (!reply.ok || !isRecord(seed)) throw DeviceErrors.ACCESS_DENIED(reply.message ?? tokenRefusal(reply));
    const text = (name: string) => String(seed[name] ?? "");
    const { key, sign } = tokenOf(
      { time: text("time"), salt: text("salt"), newsalt: text("newsalt") },
      this.#credentials.password,
    );
    const plain = JSON.stringify({ cmd: command, ...params, token: sign });
    const told = await this.#exchange(command, JSON.stringify({ enc: 1, data: seal(key, plain) }));
    const sealed = told.reply.body.enc;
    if (typeof sealed !== "string") return told;
    // What can't be opened or read with our key isn't a refusal: the order may have been carried out.
    const opened = unseal(key, sealed);
    if (opened === null) throw DeviceErrors.BAD_ANSWER("its encrypted answer can't be opened");
    return toldByApi(command, opened);
  }

  async #overV3(message: Of<"v3">): Promise<Told> {
    const { command, param, sealed } = message;
    const line = { ...this.#line, port: this.#ports.v3 };
    const connection = await V3Connection.open({ ...line, onSent: () => {} });
    try {
      if (isQuestion(message)) return await askV3(connection, { cmd: command, param });
      if (!this.#credentials) throw OrderErrors.CREDENTIALS_NEEDED(this.#family.title);
      const { reply } = await askV3(connection, { cmd: "get.device.info", param: "salt" });
      const salt = isRecord(reply.body.msg) ? reply.body.msg.salt : undefined;
      if (!reply.ok || typeof salt !== "string") throw DeviceErrors.ACCESS_DENIED(reply.message ?? "it tells no salt");
      const { username: account, password } = this.#credentials;
      // The token holds the time, and clocks of miners are often wrong: theirs counts.
      const when = Number(reply.body.when);
      const seconds = Number.isFinite(when) && when > 0 ? when : Math.floor(Date.now() / 1_000);
      this.#onOrder();
      return await askV3(connection, v3Order({ cmd: command, account, password, salt, seconds }, param, sealed));
    } finally {
      connection.close();
    }
  }
}

/** API 3 answers these to anybody. */
const isQuestion = ({ command }: Of<"v3">): boolean => command.startsWith("get.");

const TOKEN_BAD = 135;

const tokenRefusal = ({ code }: Reply): string =>
  code === 136 ? "it has given out too many tokens; the oldest run out within 30 minutes" : "it gives no token";

/** An Avalon's whole answer to a command that it doesn't know in this form. */
const BARE_FAILURE = /^\s*failed\b/i;

function toldByApi(command: string, text: string): Told {
  if (BARE_FAILURE.test(text)) {
    return { text, reply: { ok: false, code: null, message: text.trim(), description: null, body: {} } };
  }
  const reply = decode(text, [command]).replies.get(command);
  if (!reply) throw DeviceErrors.BAD_ANSWER("it answers something else");
  return { text, reply };
}

const toldByWeb = (reply: Parameters<typeof webReply>[0]): Told => ({ text: reply.text, reply: webReply(reply) });

/** Success is `code` 0; otherwise `msg` says what is wrong. */
async function askV3(connection: V3Connection, body: Record<string, unknown>): Promise<Told> {
  const text = await connection.ask(JSON.stringify(body));
  const { reply } = toldByApi(String(body.cmd), text);
  const message = typeof reply.body.msg === "string" ? reply.body.msg : null;
  return { text, reply: { ...reply, ok: reply.body.code === 0, code: Number(reply.body.code), message } };
}
