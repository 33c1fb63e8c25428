/**
 * closed → open after OPEN_AFTER rounds without an answer → half_open while a round's one probe is under way → closed when
 * it is answered, else open. A unit whose breaker is open costs a round one try instead of four, and none of its fast lane.
 */
export type Breaker = { is: "closed" | "open" | "half_open"; failedRounds: number };

export const OPEN_AFTER = 3;
export const CLOSED: Breaker = { is: "closed", failedRounds: 0 };

/** The breaker once a round is over. */
export function afterRound({ failedRounds }: Breaker, answered: boolean): Breaker {
  if (answered) return CLOSED;
  const failed = failedRounds + 1;
  return { is: failed >= OPEN_AFTER ? "open" : "closed", failedRounds: failed };
}

/** The breaker while it is being probed. */
export const probing = ({ failedRounds }: Breaker): Breaker => ({ is: "half_open", failedRounds });
