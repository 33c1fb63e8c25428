import { type Log, messageOf } from "@banksman/kit";
import type pg from "pg";

const CHANNEL = "banksman_identity";
const RETRY_MS = 1_000;

/**
 * Hears, from the database, of each session that ends and each role that changes at whatever server: a person's number, or
 * "all". After a lost connection "all" is told, since something may have been missed.
 */
export function listenForChanges(
  pool: Pick<pg.Pool, "connect">,
  onChange: (userNo: number | "all") => void,
  log: Log,
): { close: () => void } {
  let client: pg.PoolClient | null = null;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;

  const retry = (error?: Error) => {
    client?.release(error ?? true);
    client = null;
    if (!isClosed) timer = setTimeout(() => void connect(), RETRY_MS);
  };
  const connect = async (): Promise<void> => {
    try {
      const opened = await pool.connect();
      if (isClosed) return opened.release(true);
      client = opened;
      opened.on("notification", ({ payload }) => onChange(payload === "*" ? "all" : Number(payload)));
      opened.once("error", retry);
      await opened.query(`listen ${CHANNEL}`);
      onChange("all");
    } catch (error) {
      log.warn(`changes of who may do what are looked up late: ${messageOf(error)}`);
      retry();
    }
  };
  void connect();
  return {
    close: () => {
      isClosed = true;
      clearTimeout(timer);
      // Destroyed, not given back: others must not hear what it listens to.
      client?.release(true);
      client = null;
    },
  };
}
