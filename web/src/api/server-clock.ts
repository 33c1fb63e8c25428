/** Ages are told by the server's clock: a browser whose clock is wrong would call fresh data late. */
let offsetMs = 0;

/** Learns the server's clock from a reply's Date header, which has a resolution of one second. */
export function noteServerTime(dateHeader: string | null, browserNow = Date.now()): void {
  const server = dateHeader === null ? Number.NaN : Date.parse(dateHeader);
  if (Number.isNaN(server)) return;
  const offset = server + 500 - browserNow;
  offsetMs = Math.abs(offset) < 1_500 ? 0 : offset;
}

/** The server's time now, in ms since the epoch. */
export const serverNow = (): number => Date.now() + offsetMs;
