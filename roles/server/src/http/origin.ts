type Headers = Record<string, string | string[] | undefined>;

/**
 * Whether a browser's request comes from our own pages: it sends the cookie along with a foreign page's request too,
 * and only the Origin tells them apart. A request without one is no browser's.
 */
export function isOwnOrigin(headers: Headers, publicUrl: string | undefined): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return true;
  if (typeof origin !== "string" || !URL.canParse(origin)) return false;
  const asked = new URL(origin).host;
  return asked === host || (publicUrl !== undefined && asked === new URL(publicUrl).host);
}

/** Whether a proxy handed the request on: one on this machine makes everybody look local. */
export const cameThroughProxy = (headers: Headers): boolean =>
  headers.forwarded !== undefined || headers["x-forwarded-for"] !== undefined;
