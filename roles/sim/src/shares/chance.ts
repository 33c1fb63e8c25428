/** Chance in a row that the same seed repeats: a share log needs a hundred thousand draws a second. */
export type Chance = {
  /** In [0, 1). */
  fraction: () => number;
  /** A whole number from 0 to below `end`. */
  below: (end: number) => number;
};

/** Marsaglia's xorshift on 32 bits. */
export function chanceOf(seed: number): Chance {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  const fraction = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  return { fraction, below: (end) => Math.floor(fraction() * end) };
}
