/** One edge that would read up to `can` units. */
export type Asks = { holder: string; can: number };

/**
 * How many of `units` each edge is to read: as even as what they can read allows, and all of them where together they can.
 * Edges of equal standing differ by at most one; who gets the odd unit goes by name, so that every server says the same.
 */
export function sharesOf(units: number, edges: readonly Asks[]): Map<string, number> {
  const shares = new Map<string, number>();
  let left = units;
  const smallestFirst = edges.toSorted((a, b) => a.can - b.can || (a.holder < b.holder ? -1 : 1));
  smallestFirst.forEach(({ holder, can }, index) => {
    const share = Math.min(can, Math.ceil(left / (smallestFirst.length - index)));
    shares.set(holder, share);
    left -= share;
  });
  return shares;
}
