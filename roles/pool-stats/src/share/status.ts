/** The status numbers of a share that are not plain rejects. */
export const STATUS = {
  accept: 1798084231,
  acceptStale: 950395421,
  solved: 1422486894,
  solvedStale: 1713984938,
  rejectNoReason: 0,
  jobNotFoundOrStale: 21,
  stale: 37,
} as const;

/** How a share counts: its difficulty goes to the accepted sum, the stale sum or the sum of its reject reason. */
export const ACCEPTED = 0;
export const STALE = 1;
export const REJECTED = 2;
export type Kind = typeof ACCEPTED | typeof STALE | typeof REJECTED;

/** The figures a reader is shown: as in S3 (`g2`), or with stale sums and reject reasons (`g4`). */
export type Compat = "g2" | "g4";

/**
 * How a share of this status counts. In g2 all that is not accepted is one kind of reject; `acceptStale` counts stale
 * work as accepted in both.
 */
export function kindOf(status: number, compat: Compat, acceptStale: boolean): Kind {
  if (status === STATUS.accept || status === STATUS.solved) return ACCEPTED;
  const isStaleWork = status === STATUS.acceptStale || status === STATUS.solvedStale;
  if (isStaleWork && acceptStale) return ACCEPTED;
  if (compat === "g2") return REJECTED;
  return isStaleWork || status === STATUS.jobNotFoundOrStale || status === STATUS.stale ? STALE : REJECTED;
}
