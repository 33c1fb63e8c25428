import { RefreshSession } from "@banksman/wire/api";

const LOCK = "banksman-refresh";
const FRESH_KEY = "banksman.refreshed";
/** Another tab refreshed the cookies this lately: they are good, and its refresh token is spent. */
const JUST_NOW_MS = 5_000;

let running: Promise<boolean> | null = null;

async function refresh(): Promise<boolean> {
  const before = Number(localStorage.getItem(FRESH_KEY) ?? 0);
  if (Math.abs(Date.now() - before) < JUST_NOW_MS) return true;
  const response = await fetch(`/api${RefreshSession.path}`, {
    method: RefreshSession.method,
    credentials: "same-origin",
    headers: { "content-type": "application/json" },
    body: "{}",
  }).catch(() => null);
  if (!response?.ok) return false;
  localStorage.setItem(FRESH_KEY, String(Date.now()));
  return true;
}

/**
 * Has the server change the cookies for fresh ones, since an access token lasts ten minutes. Calls at once wait for one
 * and the same; tabs take turns. False when the session is over, or nothing answers.
 */
export function refreshSession(): Promise<boolean> {
  // Without the lock (plain http beyond localhost) two tabs may ask at once, which the server allows for a moment.
  running ??= (navigator.locks ? navigator.locks.request(LOCK, refresh) : refresh()).finally(() => {
    running = null;
  });
  return running;
}
