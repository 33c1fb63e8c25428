import type { Connection } from "./connection.ts";

const PERIOD_S = 60;
const MOST_SHARE = 0.01;
const ALWAYS_TOLERATED = 10;

/** Tells when so many frames of a minute can't be read that the connection itself must be suspected. */
export class BadFrames {
  #bad = 0;
  #seconds = 0;
  #framesBefore = 0;

  add(): void {
    this.#bad++;
  }

  /** To be called each second; answers the number of bad frames when it was too many in the minute that ends. */
  check(connections: readonly Connection[]): number | null {
    if (++this.#seconds % PERIOD_S !== 0) return null;
    const frames = connections.reduce((sum, one) => sum + one.frames, 0);
    const bad = this.#bad;
    const isTooMany = bad > ALWAYS_TOLERATED && bad > MOST_SHARE * (frames - this.#framesBefore);
    this.#bad = 0;
    this.#framesBefore = frames;
    return isTooMany ? bad : null;
  }
}
