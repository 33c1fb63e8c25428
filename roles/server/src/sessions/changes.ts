import type { Log } from "@banksman/kit";
import type pg from "pg";
import { listenOn } from "../db/listen.ts";

const CHANNEL = "banksman_identity";

/**
 * Hears, from the database, of each session that ends and each role that changes at whatever server: a person's number, or
 * "all". After a lost connection "all" is told, since something may have been missed.
 */
export function listenForChanges(
  pool: pg.Pool,
  onChange: (userNo: number | "all") => void,
  log: Log,
): { close: () => void } {
  const onPayload = (payload: string) => onChange(payload === "*" ? "all" : Number(payload));
  return listenOn(pool, CHANNEL, { onPayload, onOpen: () => onChange("all"), what: "changes of who may do what" }, log);
}
