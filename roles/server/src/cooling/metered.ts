/**
 * How far a meter went on, by the least and the most it showed in each bucket of time. A meter that begins anew shows less than before:
 * what it went on until then counts, the step back doesn't.
 */
export function metered(least: readonly number[], most: readonly number[]): number {
  let used = 0;
  let base = least[0] ?? 0;
  for (const [n, high] of most.entries()) {
    const [low, next] = [least[n] ?? high, least[n + 1]];
    // It began anew within the bucket: the next one goes on from the low end, and not from the high one.
    const isAnew = next !== undefined && next >= low && next < high;
    // How far it went on until then is not known of the first one.
    if (n > 0 || !isAnew) used += high >= base ? high - base : high - low;
    base = isAnew ? low : high;
  }
  return used;
}
