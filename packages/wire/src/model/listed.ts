/** What the driver's name begins with of a miner that only its container's controller tells of, in its list. */
export const LISTED_BY = "cooling:";
/** Controllers are asked for their list so often, however often the site's edge sweeps its own miners. */
export const LIST_SECONDS = 300;

export const isListed = (driver: string | null): boolean => driver?.startsWith(LISTED_BY) ?? false;

/** Seconds between two readings of a miner, at a site that is swept each `sweepSeconds`; null where nobody tells. */
export const readingSeconds = (driver: string | null, sweepSeconds: number | null): number | null =>
  isListed(driver) ? Math.max(sweepSeconds ?? 0, LIST_SECONDS) : sweepSeconds;
