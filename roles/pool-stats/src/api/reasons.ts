/** What the pool's servers mean by the status of a rejected share. */
const REASONS = new Map([
  [0, "no reason given"],
  [21, "job not found or stale"],
  [22, "duplicate share"],
  [23, "low difficulty"],
  [24, "unauthorised"],
  [25, "not subscribed"],
  [26, "illegal method"],
  [27, "illegal parameters"],
  [28, "address banned"],
  [29, "bad user"],
  [30, "internal error"],
  [31, "time too old"],
  [32, "time too new"],
  [33, "version mask"],
  [34, "bad solution"],
  [35, "wrong nonce prefix"],
  [36, "job not found"],
  [37, "stale share"],
  [2_147_483_647, "unknown"],
]);

export const reasonName = (status: number): string => REASONS.get(status) ?? `status ${status}`;
