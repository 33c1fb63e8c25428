import type { Stretch } from "./functions/alert-function.ts";

const FIRST_SIZE = 8;

/** What one field of one target told lately, in the order of its times; NaN where a reading did not tell it. */
export class Series {
  #times = new Float64Array(FIRST_SIZE);
  #values = new Float64Array(FIRST_SIZE);
  #from = 0;
  #to = 0;
  readonly #keepMs: number;

  /** `keepMs` is the longest window asked for, and how late a reading may come. */
  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  /** Puts a reading at its place; one of the same moment replaces the former. */
  put(at: number, value: number): void {
    let place = this.#to;
    while (place > this.#from && (this.#times[place - 1] ?? 0) > at) place--;
    if (place > this.#from && this.#times[place - 1] === at) {
      this.#values[place - 1] = value;
      return;
    }
    // What is older than all that is kept, and than any window, is of no use.
    if (place === this.#from && this.#to > this.#from && at < (this.#times[this.#to - 1] ?? 0) - this.#keepMs) return;
    if (this.#to === this.#times.length) place -= this.#makeRoom();
    this.#times.copyWithin(place + 1, place, this.#to);
    this.#values.copyWithin(place + 1, place, this.#to);
    this.#times[place] = at;
    this.#values[place] = value;
    this.#to++;
    const oldest = (this.#times[this.#to - 1] ?? 0) - this.#keepMs;
    while ((this.#times[this.#from] ?? 0) < oldest) this.#from++;
  }

  /** Moves what is kept to the front, or to a larger place; gives by how much. */
  #makeRoom(): number {
    const moved = this.#from;
    const kept = this.#to - moved;
    const size = kept > this.#times.length / 2 ? this.#times.length * 2 : this.#times.length;
    const [times, values] = [new Float64Array(size), new Float64Array(size)];
    times.set(this.#times.subarray(moved, this.#to));
    values.set(this.#values.subarray(moved, this.#to));
    [this.#times, this.#values, this.#from, this.#to] = [times, values, 0, kept];
    return moved;
  }

  /** Points `stretch` at what was told after `at - ms` and up to `at`. */
  window(stretch: Stretch, at: number, ms: number): void {
    let to = this.#to;
    while (to > this.#from && (this.#times[to - 1] ?? 0) > at) to--;
    let from = to;
    const after = at - ms;
    while (from > this.#from && (this.#times[from - 1] ?? 0) > after) from--;
    stretch.times = this.#times;
    stretch.values = this.#values;
    stretch.from = from;
    stretch.to = to;
  }

  entries(): [number, number][] {
    return Array.from({ length: this.#to - this.#from }, (_, index) => [
      this.#times[this.#from + index] ?? 0,
      this.#values[this.#from + index] ?? 0,
    ]);
  }
}
