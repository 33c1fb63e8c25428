import { type Clock, CodedError, messageOf } from "@banksman/kit";
import type { Budget, Limit } from "./budget.ts";
import { MarketErrors } from "./errors.ts";
import type { Product, RestProblem, RestReply, RestRequest } from "./exchange.ts";
import { parseExactJson } from "./fields.ts";

/** A request that brought no data; `problem` says what it was and how long to wait. */
export class RestRefusal extends CodedError {
  readonly problem: RestProblem;
  constructor(url: string, problem: RestProblem) {
    const { code, message } = MarketErrors.REST_REFUSED(url, problem.reason);
    super(code, message, true);
    this.problem = problem;
  }
}

type Parts = {
  product: Product;
  base: string;
  budget: Budget;
  share: number;
  clock: Clock;
  /** Told of every answer as it came, for the journal. */
  onReply?: (path: string, status: number, text: string) => void;
};

const TIMEOUT_MS = 10_000;

/** Requests to one exchange's REST API within this machine's budget; nothing is asked while a ban lasts. */
export class RestClient {
  readonly #parts: Parts;
  readonly #host: string;
  readonly #limits: readonly Limit[];

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#host = new URL(parts.base).host;
    // A single request may cost more than the share of a short window: it must be possible all the same.
    this.#limits = parts.product.rest.budget.map(({ weight, perMs }) => ({
      weight: Math.max(1, Math.floor(weight * parts.share)),
      perMs,
    }));
  }

  /** The parsed body. Waits for the budget; throws RestRefusal for anything that is no data. */
  async get({ path, weight }: RestRequest, signal: AbortSignal): Promise<unknown> {
    const { base, clock, product, budget, onReply } = this.#parts;
    await this.#afford(weight, signal);
    const url = base.replace(/\/$/, "") + path;
    const reply = await ask(url, signal);
    onReply?.(path, reply.status, reply.text);
    const problem = product.rest.problem(reply);
    if (!problem) return parseExactJson(Buffer.from(`{"body":${reply.text}}`)).body;
    if (problem.waitMs > 0) budget.ban(this.#host, clock.now() + problem.waitMs, problem.reason);
    throw new RestRefusal(url, problem);
  }

  /** Weight used in the first of the exchange's windows. */
  get used(): number {
    const perMs = this.#limits[0]?.perMs ?? 60_000;
    return this.#parts.budget.used(this.#host, perMs, this.#parts.clock.now());
  }

  async #afford(weight: number, signal: AbortSignal): Promise<void> {
    const { budget, clock } = this.#parts;
    for (;;) {
      const wait = budget.take(this.#host, weight, this.#limits, clock.now());
      if (wait <= 0) return;
      await clock.sleep(Math.min(wait, 60_000), signal);
    }
  }
}

async function ask(url: string, signal: AbortSignal): Promise<RestReply> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, timeout]), redirect: "error" });
    const text = await response.text();
    return { status: response.status, header: (name) => response.headers.get(name), text };
  } catch (error) {
    if (signal.aborted) throw error;
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new RestRefusal(url, { kind: "failed", reason: messageOf(cause), waitMs: 0 });
  }
}
