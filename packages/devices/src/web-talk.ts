import type { Credentials } from "@banksman/kit/http-auth";
import type { Reply } from "./decode/reply.ts";
import { webReply } from "./decode/web-reply.ts";
import { DeviceErrors } from "./errors.ts";
import type { Ask, Web } from "./family.ts";
import type { Line } from "./transports/exchange.ts";
import type { HttpReply, HttpRequest } from "./transports/http.ts";
import { HttpSession } from "./transports/http-session.ts";

/** What a configuration says of a device's web server. */
export type WebOptions = {
  port?: number;
  /** Who may be said to ask a family's web server. */
  credentialsFor?: (web: Web | undefined) => Credentials | undefined;
};

const WEB_PORT = 80;
/** What a page says of its maker stands at its beginning. */
const PAGE_LENGTH = 16_384;

/** One reading's talk with a miner's web server. */
export class WebTalk {
  readonly #line: Line;
  readonly #options: WebOptions;
  #session: { port: number; web: Web | undefined; of: HttpSession } | undefined;

  constructor(line: Line, options: WebOptions) {
    this.#line = line;
    this.#options = options;
  }

  close(): void {
    this.#session?.of.close();
  }

  hasCredentials(web: Web | undefined): boolean {
    return this.#options.credentialsFor?.(web) !== undefined;
  }

  /** The beginning of the start page with the realm of its login and where it sends one, in upper case. */
  async page(web?: Web): Promise<string> {
    const { text, headers } = await this.#open(web).look({ method: "GET", path: "/" });
    const said = [headers["www-authenticate"], headers.server, headers.location, text.slice(0, PAGE_LENGTH)];
    return said
      .filter((part) => part !== undefined)
      .join("\n")
      .toUpperCase();
  }

  /**
   * Asks one path. A refusal is a reply that isn't `ok`, with the status as its code. Where the device wants to know who
   * asks, it is told once. Rejects with a DeviceError.
   */
  async ask(ask: Ask, web: Web | undefined): Promise<{ text: string; reply: Reply }> {
    const answer = await this.#open(web).read(requestFor(ask));
    return { text: answer.text, reply: replyOf(answer) };
  }

  #open(web: Web | undefined): HttpSession {
    const port = web?.port === "api" ? this.#line.port : (this.#options.port ?? web?.port ?? WEB_PORT);
    const { of } = this.#session ?? {};
    if (of && this.#session?.port === port && this.#session.web === web) return of;
    this.close();
    const given = this.#options.credentialsFor?.(web);
    const session = new HttpSession(
      { ...this.#line, port },
      { ...(given && { credentials: given }), ...(web?.login && { login: web.login }) },
    );
    this.#session = { port, web, of: session };
    return session;
  }
}

function requestFor({ command, body }: Ask): HttpRequest {
  if (body === undefined) return { method: "GET", path: command };
  const headers = { "Content-Type": "application/json" };
  return { method: "POST", path: command, headers, body: JSON.stringify(body) };
}

/** As `webReply`, but what should be JSON and isn't is an error. Rejects with DEVICE_BAD_ANSWER. */
export function replyOf(answer: HttpReply): Reply {
  const reply = webReply(answer);
  if (!reply.ok && reply.code === answer.status) return { ...reply, body: {} };
  if (typeof reply.body.value !== "string") return reply;
  throw DeviceErrors.BAD_ANSWER(`no JSON: ${answer.text.slice(0, 60).replace(/[^\x20-\x7e]+/g, "·")}`);
}
