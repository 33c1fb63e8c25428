import { authorization, type Challenge, type Credentials, challengeIn } from "@banksman/kit/http-auth";
import { DeviceErrors } from "../errors.ts";
import { HttpConnection, type HttpLine, type HttpReply, type HttpRequest } from "./http.ts";

/** How a session is opened where a firmware has a login of its own instead of HTTP's. */
export type Login = {
  request: (credentials: Credentials) => HttpRequest;
  /** The headers of the requests that follow, out of the reply; null when the login was refused. */
  session: (reply: HttpReply) => Readonly<Record<string, string>> | null;
};

/** What every miner's web server has: it says how who asks is to be told. */
export const START_PAGE: HttpRequest = { method: "GET", path: "/" };

export type SessionOptions = { credentials?: Credentials; login?: Login };

/**
 * A talk with a miner's web server that wants to know who asks: by a login of its own, by digest or by basic. Without
 * credentials it asks all the same and hands on what the server says. `close` always.
 */
export class HttpSession {
  readonly #line: HttpLine;
  readonly #connection: HttpConnection;
  readonly #options: SessionOptions;
  #headers: Readonly<Record<string, string>> | undefined;
  #challenge: Challenge | null = null;
  #uses = 0;

  constructor(line: HttpLine, options: SessionOptions) {
    this.#line = line;
    this.#options = options;
    // Of a session only an order counts as sent: not the questions that prepare it.
    const { onSent: _onSent, ...quiet } = line;
    this.#connection = new HttpConnection(quiet);
  }

  close(): void {
    this.#connection.close();
  }

  /** Asks without saying who does: what a stranger gets tells what machine it is. */
  look(request: HttpRequest): Promise<HttpReply> {
    return this.#connection.send(request);
  }

  /** Asks; where the server wants to know who, once more with the credentials. Rejects with a DeviceError. */
  async read(request: HttpRequest): Promise<HttpReply> {
    const reply = await this.#connection.send(this.#signed(request));
    if (!isTurnedAway(reply) || !(await this.#introduce(reply))) return reply;
    return this.#connection.send(this.#signed(request));
  }

  /**
   * Sends an order once. Who orders it is settled before, on the start page, so that the order itself isn't what is
   * refused for it; only an order that the server turned away for an old nonce, and so did not carry out, goes again.
   */
  async write(request: HttpRequest): Promise<HttpReply> {
    if (this.#options.credentials && !this.#headers && !this.#challenge) await this.#introduceFirst();
    const reply = await this.#deliver(request);
    if (reply.status !== 401 || !this.#answers(reply)) return reply;
    return this.#deliver(request);
  }

  async #deliver(request: HttpRequest): Promise<HttpReply> {
    const connection = new HttpConnection(this.#line);
    try {
      return await connection.send(this.#signed(request));
    } finally {
      connection.close();
    }
  }

  async #introduceFirst(): Promise<void> {
    if (this.#options.login) {
      if (!(await this.#logIn())) throw DeviceErrors.ACCESS_DENIED("the login was refused");
      return;
    }
    const page = await this.#connection.send(START_PAGE);
    if (isTurnedAway(page)) this.#answers(page);
  }

  /** True when it is worth asking again. */
  async #introduce(denied: HttpReply): Promise<boolean> {
    if (!this.#options.credentials) return false;
    if (this.#options.login) return this.#headers === undefined && (await this.#logIn());
    return this.#answers(denied);
  }

  /**
   * Takes a challenge that is worth answering. After a signed request only a newer nonce is: with the same one, or on a
   * first try, the password is wrong.
   */
  #answers(denied: HttpReply): boolean {
    const challenge = challengeIn(denied.headers["www-authenticate"]);
    if (!challenge || !this.#options.credentials) return false;
    const asksForNewer = challenge.scheme === "digest" && (challenge.stale || this.#uses > 1);
    if (this.#uses > 0 && !asksForNewer) return false;
    this.#take(challenge);
    return true;
  }

  #take(challenge: Challenge): void {
    this.#challenge = challenge;
    this.#uses = 0;
  }

  async #logIn(): Promise<boolean> {
    const { credentials, login } = this.#options;
    if (!credentials || !login) return false;
    const session = login.session(await this.#connection.send(login.request(credentials)));
    if (session !== null) this.#headers = session;
    return session !== null;
  }

  #signed(request: HttpRequest): HttpRequest {
    const { credentials } = this.#options;
    const headers: Record<string, string> = { ...request.headers, ...this.#headers };
    if (this.#challenge && credentials) {
      const signing = { method: request.method, uri: request.path, count: ++this.#uses };
      headers.Authorization = authorization(this.#challenge, credentials, signing);
    }
    return { ...request, headers };
  }
}

/** Whether the server wants to know who asks. */
export const isTurnedAway = ({ status }: HttpReply) => status === 401 || status === 403;
