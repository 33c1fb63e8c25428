import type { Stretch } from "./functions/alert-function.ts";

const FIRST_SIZE = 8;

/**
 * What some fields of one target told lately, in the order of their times; NaN where a reading did not tell one. All
 * share their times: a target's readings tell of all fields at once.
 */
export class History {
  #times = new Float64Array(FIRST_SIZE);
  readonly #columns: Float64Array[];
  #from = 0;
  #to = 0;
  readonly #keepMs: number;

  /** `keepMs` is the longest window asked for, and how late a reading may come. */
  constructor(fields: number, keepMs: number) {
    this.#columns = Array.from({ length: fields }, () => new Float64Array(FIRST_SIZE));
    this.#keepMs = keepMs;
  }

  /** Puts a reading at its place; one of the same moment replaces the former. `values` are those of the row's columns. */
  put(at: number, row: Float64Array, columns: readonly number[]): void {
    let place = this.#to;
    while (place > this.#from && (this.#times[place - 1] ?? 0) > at) place--;
    const isSame = place > this.#from && this.#times[place - 1] === at;
    if (isSame) place--;
    else {
      const newest = this.#times[this.#to - 1] ?? 0;
      // What is older than any window is of no use.
      if (place === this.#from && this.#to > this.#from && at < newest - this.#keepMs) return;
      if (this.#to === this.#times.length) place -= this.#makeRoom();
      this.#times.copyWithin(place + 1, place, this.#to);
      for (const column of this.#columns) column.copyWithin(place + 1, place, this.#to);
      this.#to++;
    }
    this.#times[place] = at;
    this.#columns.forEach((column, index) => {
      column[place] = row[columns[index] ?? -1] ?? Number.NaN;
    });
    const oldest = (this.#times[this.#to - 1] ?? 0) - this.#keepMs;
    while ((this.#times[this.#from] ?? 0) < oldest) this.#from++;
  }

  /** Moves what is kept to the front, or to a place half as large again; gives by how much it moved. */
  #makeRoom(): number {
    const moved = this.#from;
    const kept = this.#to - moved;
    const size = kept > this.#times.length * 0.75 ? Math.ceil(this.#times.length * 1.5) : this.#times.length;
    const grown = (old: Float64Array) => {
      const fresh = new Float64Array(size);
      fresh.set(old.subarray(moved, this.#to));
      return fresh;
    };
    this.#times = grown(this.#times);
    for (let index = 0; index < this.#columns.length; index++)
      this.#columns[index] = grown(this.#columns[index] ?? new Float64Array());
    [this.#from, this.#to] = [0, kept];
    return moved;
  }

  /** Points `stretch` at what a field told after `at - ms` and up to `at`. */
  window(stretch: Stretch, field: number, at: number, ms: number): void {
    let to = this.#to;
    while (to > this.#from && (this.#times[to - 1] ?? 0) > at) to--;
    let from = to;
    const after = at - ms;
    while (from > this.#from && (this.#times[from - 1] ?? 0) > after) from--;
    stretch.times = this.#times;
    stretch.values = this.#columns[field] ?? new Float64Array();
    stretch.from = from;
    stretch.to = to;
  }
}
