import { isRecord, type Reply, toReply } from "./decode/reply.ts";
import { repairJson } from "./decode/tolerant-json.ts";
import { DeviceErrors } from "./errors.ts";
import type { Ask, Credentials, Web } from "./family.ts";
import type { Line } from "./transports/exchange.ts";
import { HttpConnection, type HttpReply, type HttpRequest } from "./transports/http.ts";

/** What a configuration says of a device's web server. */
export type WebOptions = {
  port?: number;
  credentials?: Credentials;
  /** The factory's name and password may be tried where no others are given. */
  factoryCredentials?: boolean;
};

const WEB_PORT = 80;
/** What a page says of its maker stands at its beginning. */
const PAGE_LENGTH = 16_384;

/** One reading's talk with a miner's web server. */
export class WebTalk {
  readonly #line: Line;
  readonly #options: WebOptions;
  #connection: { port: number; of: HttpConnection } | undefined;
  #session: Readonly<Record<string, string>> = {};

  constructor(line: Line, options: WebOptions) {
    this.#line = line;
    this.#options = options;
  }

  close(): void {
    this.#connection?.of.close();
  }

  /** The beginning of the start page with the realm of its login and where it sends one, in upper case. */
  async page(web?: Web): Promise<string> {
    const { text, headers } = await this.#open(web).send({ method: "GET", path: "/" });
    const said = [headers["www-authenticate"], headers.server, headers.location, text.slice(0, PAGE_LENGTH)];
    return said
      .filter((part) => part !== undefined)
      .join("\n")
      .toUpperCase();
  }

  /**
   * Asks one path. A refusal is a reply that isn't `ok`, with the status as its code. Where the device wants a login and
   * has one, it is opened once. Rejects with a DeviceError.
   */
  async ask(ask: Ask, web: Web | undefined): Promise<{ text: string; reply: Reply }> {
    const request = requestFor(ask);
    let answer = await this.#send(request, web);
    if (isDenied(answer) && (await this.#logIn(web))) answer = await this.#send(request, web);
    return { text: answer.text, reply: replyOf(answer) };
  }

  #send(request: HttpRequest, web: Web | undefined): Promise<HttpReply> {
    return this.#open(web).send({ ...request, headers: { ...request.headers, ...this.#session } });
  }

  async #logIn(web: Web | undefined): Promise<boolean> {
    const { credentials, factoryCredentials } = this.#options;
    const given = credentials ?? (factoryCredentials ? web?.factory : undefined);
    if (!web?.login || !given || Object.keys(this.#session).length > 0) return false;
    const session = web.login.session(await this.#open(web).send(web.login.request(given)));
    if (session === null) return false;
    this.#session = session;
    return true;
  }

  #open(web: Web | undefined): HttpConnection {
    const port = web?.port === "api" ? this.#line.port : (this.#options.port ?? web?.port ?? WEB_PORT);
    if (this.#connection?.port === port) return this.#connection.of;
    this.close();
    const connection = new HttpConnection({ ...this.#line, port });
    this.#connection = { port, of: connection };
    return connection;
  }
}

function requestFor({ command, body }: Ask): HttpRequest {
  if (body === undefined) return { method: "GET", path: command };
  const headers = { "Content-Type": "application/json" };
  return { method: "POST", path: command, headers, body: JSON.stringify(body) };
}

const isDenied = ({ status }: HttpReply) => status === 401 || status === 403;

/** A list is put under `list`, a bare value under `value`, so that every reply has a record for its body. */
export function replyOf({ status, text }: HttpReply): Reply {
  if (status < 200 || status > 299) {
    const message = isDenied({ status, text, headers: {} }) ? "access denied" : `HTTP ${status}`;
    return { ok: false, code: status, message, description: null, body: {} };
  }
  const value = parse(text);
  if (isRecord(value)) return { ...toReply(value), code: status };
  const body = Array.isArray(value) ? { list: value } : { value };
  return { ok: true, code: status, message: null, description: null, body };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const repaired = repairJson(text.trim());
    if (repaired === null || !/^\s*[[{]/.test(text))
      throw DeviceErrors.BAD_ANSWER(`no JSON: ${text.slice(0, 60).replace(/[^\x20-\x7e]+/g, "·")}`, { cause });
    return repaired.value;
  }
}
