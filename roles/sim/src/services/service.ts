import { timingSafeEqual } from "node:crypto";
import type { HttpAnswer, HttpCall } from "@banksman/replay";

/** A message that a service took. */
export type Taken = { at: string; to: string; text: string; id: number };

/** What a service remembers: what it took, and when, for its limits. */
export class ServiceState {
  readonly taken: Taken[] = [];
  readonly removed: number[] = [];
  #sentAt: number[] = [];
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Takes a message, or tells how many seconds to wait where there were `perMinute` in the last minute. */
  take(to: string, text: string, perMinute: number): { id: number } | { waitS: number } {
    const now = this.#now();
    this.#sentAt = this.#sentAt.filter((at) => at > now - 60_000);
    const oldest = this.#sentAt[0];
    if (oldest !== undefined && this.#sentAt.length >= perMinute)
      return { waitS: Math.ceil((oldest + 60_000 - now) / 1_000) };
    this.#sentAt.push(now);
    const id = this.taken.length + 1;
    this.taken.push({ at: new Date(now).toISOString(), to, text, id });
    return { id };
  }

  now(): number {
    return this.#now();
  }
}

/** A notification service: its documented contract on a socket, with the proof of identity it asks for. */
export type SimService = {
  id: string;
  /** Type and settings of the channel that reaches it at `url`. */
  channel: (url: string) => { type: string } & Record<string, unknown>;
  answer: (call: HttpCall, state: ServiceState) => HttpAnswer;
};

export const isSame = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

/** A JSON object, or nothing where the body is none. */
export function objectOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** A member on the way `path`, or nothing. */
export function member(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== "object" || found === null || !(name in found)) return undefined;
    found = Reflect.get(found, name);
  }
  return found;
}

export const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** How far a timestamp in a signature may be off, ms. */
export const isFresh = (timestampMs: number, state: ServiceState, withinMs: number): boolean =>
  Math.abs(state.now() - timestampMs) <= withinMs;
