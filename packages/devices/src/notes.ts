import { messageOf } from "@banksman/kit";
import type { ReadingWarning } from "@banksman/wire/model";

/** At most so many warnings go with one reading (the wire takes 50). */
const MAX_WARNINGS = 30;

/** Collects what is odd about a reading while it is made; the same thing is said once. */
export class Notes {
  readonly #warnings = new Map<string, ReadingWarning>();

  warn(code: string, text: string): void {
    const key = `${code}\n${text}`;
    if (this.#warnings.size < MAX_WARNINGS) this.#warnings.set(key, { code, text: text.slice(0, 500) });
  }

  /** A part of the reading could not be made; the rest is kept. */
  failed(part: string, error: unknown): void {
    this.warn("field_failed", `${part}: ${messageOf(error)}`);
  }

  get list(): ReadingWarning[] {
    return [...this.#warnings.values()];
  }
}
