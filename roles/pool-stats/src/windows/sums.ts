/** A sum of difficulties, exact modulo 2^64: a bigint only where a number could not hold it. */
export type Sum = number | bigint;

const WRAP = 4_294_967_296;

/** Adds two sums modulo 2^64. */
export function addSums(a: Sum, b: Sum): Sum {
  const wide = typeof a === "number" && typeof b === "number" ? a + b : Number.POSITIVE_INFINITY;
  return Number.isSafeInteger(wide) ? wide : narrow(BigInt.asUintN(64, BigInt(a) + BigInt(b)));
}

const narrow = (wide: bigint): Sum => (wide <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(wide) : wide);

/**
 * The sum of many 64-bit numbers, given the sums of their low and of their high halves; both must be below 2^53, which
 * two million shares of the greatest difficulty don't reach.
 */
export function sumOf(lo: number, hi: number): Sum {
  const high = (hi + Math.floor(lo / WRAP)) % WRAP;
  const low = lo % WRAP;
  if (high < 0x20_0000) return high * WRAP + low;
  return (BigInt(high) << 32n) | BigInt(low);
}

const SCRATCH = new Int32Array(2);
const SCRATCH_WIDE = new BigInt64Array(SCRATCH.buffer);

/** A 64-bit id from its two halves, as signed decimal text. */
export function idText(hi: number, lo: number): string {
  if (hi === lo >> 31) return String(lo);
  SCRATCH[0] = lo;
  SCRATCH[1] = hi;
  return String(SCRATCH_WIDE[0]);
}

/** The two halves of a signed 64-bit number. */
export function idHalves(id: bigint): { hi: number; lo: number } {
  return { hi: Number(BigInt.asIntN(32, id >> 32n)), lo: Number(BigInt.asIntN(32, id)) };
}
