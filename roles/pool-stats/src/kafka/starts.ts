/** What the brokers say of one partition: its oldest and its next offset, and the first one at or after a moment. */
export type PartitionFacts = { low: number; high: number; atTime: number };

/**
 * Where to begin in a partition and when it is caught up. `probe` is set where the brokers' answer by time must be
 * checked against the first message that comes.
 */
export type Start = { from: number; target: number; probe: { low: number } | null };

/**
 * `wanted` is the offset to go on from, or undefined to begin at the moment that was asked for. A wanted offset that the
 * partition no longer has, or does not have yet (the topic was made anew), counts for nothing.
 *
 * "The end" as the answer by time means that nothing is so new. Some clusters answer so to every question by time;
 * reading then begins with the newest message, which tells the two apart.
 */
export function startOf({ low, high, atTime }: PartitionFacts, wanted: number | undefined): Start {
  if (wanted !== undefined && wanted >= low && wanted <= high) return { from: wanted, target: high, probe: null };
  const from = Math.min(Math.max(atTime, low), high);
  if (from === high && high > low) return { from: high - 1, target: high, probe: { low } };
  return { from, target: high, probe: null };
}
