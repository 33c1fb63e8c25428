import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Discovered } from "@banksman/devices";
import { codeOf } from "@banksman/kit";
import { z } from "zod";

const Found = z.object({
  host: z.string(),
  latency_ms: z.number(),
  requests: z.number(),
  driver: z.string(),
  type: z.string(),
  make: z.string().nullable(),
  model: z.string().nullable(),
  firmware: z.string().nullable(),
  mac: z.string().nullable(),
  serial: z.string().nullable(),
}) satisfies z.ZodType<Discovered>;

/** What a scan has come to: `settled` addresses from the start of `scope` on are through. */
const State = z.object({ scope: z.string(), settled: z.int().min(0), found: z.array(Found) });
export type ScanState = z.infer<typeof State>;

export const begun = (scope: string): ScanState => ({ scope, settled: 0, found: [] });

/** Keeps how far a scan has come, so that one that was stopped goes on from there. */
export class ScanFile {
  readonly #path: string;
  readonly #warn: (text: string) => void;
  #isWritable = true;

  constructor(path: string, warn: (text: string) => void) {
    this.#path = path;
    this.#warn = warn;
  }

  /** The state of a scan of the same `scope`; a fresh one where there is none, or the file can't be read. */
  load(scope: string): ScanState {
    try {
      const state = State.parse(JSON.parse(readFileSync(this.#path, "utf8")));
      if (state.scope === scope) return state;
    } catch {
      // Another version's file or half a one: the scan begins anew, which costs no more than time.
    }
    return begun(scope);
  }

  get isWritable(): boolean {
    return this.#isWritable;
  }

  /** Where it can't be written that is said once, and the scan goes on: what it finds is worth more. */
  save(state: ScanState): void {
    if (!this.#isWritable) return;
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      writeFileSync(`${this.#path}.new`, JSON.stringify(state));
      renameSync(`${this.#path}.new`, this.#path);
    } catch (error) {
      this.#isWritable = false;
      this.#warn(`${this.#path} can't be written (${codeOf(error)}): a scan that is stopped begins anew`);
    }
  }

  remove(): void {
    if (this.#isWritable) rmSync(this.#path, { force: true });
  }
}
