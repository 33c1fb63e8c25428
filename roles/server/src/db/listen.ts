import { type Log, messageOf } from "@banksman/kit";
import type pg from "pg";

const AGAIN_MS = 1_000;

type Heard = {
  /** Each payload, of this server and of others. */
  onPayload: (payload: string) => void;
  /** At each connection, the first too: what was said before it is not told again. */
  onOpen?: () => void;
  /** What is late while there is no connection, for the log. */
  what: string;
};

/** Hears what any server that shares the database says on `channel`; a connection that is lost is opened anew. */
export function listenOn(pool: pg.Pool, channel: string, heard: Heard, log: Log): { close: () => void } {
  let isClosed = false;
  let client: pg.PoolClient | null = null;
  let timer: NodeJS.Timeout | undefined;
  /** A connection breaks once, however many ways it says so: each other one would be open for good. */
  const drop = (of: pg.PoolClient | null) => {
    if (of === null || of !== client) return;
    client = null;
    of.removeAllListeners("notification");
    // Destroyed, not given back: others must not hear what it listens to.
    of.release(true);
  };
  const again = (error: unknown) => {
    if (isClosed || timer !== undefined) return;
    log.warn({ err: error }, `${heard.what} are seen later for now: ${messageOf(error)}`);
    timer = setTimeout(start, AGAIN_MS);
  };
  const open = async (): Promise<void> => {
    const opened = await pool.connect();
    client = opened;
    if (isClosed) return drop(opened);
    opened.once("error", (error) => {
      drop(opened);
      again(error);
    });
    opened.on("notification", ({ payload }) => heard.onPayload(payload ?? ""));
    try {
      await opened.query(`listen ${channel}`);
    } catch (error) {
      drop(opened);
      throw error;
    }
    heard.onOpen?.();
  };
  const start = () => {
    timer = undefined;
    open().catch(again);
  };
  start();
  return {
    close: () => {
      isClosed = true;
      clearTimeout(timer);
      drop(client);
    },
  };
}
