/** Changes of one letter that make `a` from `b`: added, left out, another one, or two neighbours swapped. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, place) => place);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min((row[j - 1] ?? 0) + 1, (last[j] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? b.length;
}

/** The word most like `word`, or null when none is like it at all: shares no half of its letters nor contains it. */
export function nearest(word: string, words: readonly string[]): string | null {
  let best: { word: string; off: number } | null = null;
  const wanted = word.toLowerCase();
  for (const candidate of words) {
    const lower = candidate.toLowerCase();
    const isPart = wanted.length >= 3 && (lower.includes(wanted) || wanted.includes(lower));
    const off = distance(wanted, lower) - (isPart ? 4 : 0);
    if (!isPart && off > Math.max(2, wanted.length / 2)) continue;
    if (!best || off < best.off) best = { word: candidate, off };
  }
  return best?.word ?? null;
}
