import type { AuditFilter, ListedAuditRow } from "@banksman/wire/api";
import type { Sites } from "../http/caller.ts";
import type { AuditStore } from "./store.ts";

const PAGE = 1_000;
const HEAD = [
  "seq",
  "at",
  "actor",
  "actor_kind",
  "address",
  "session",
  "action",
  "site",
  "target",
  "result",
  "code",
  "times",
  "reason",
  "before",
  "after",
  "hash",
];

/** A cell; one that a spreadsheet would take for a formula is led by an apostrophe. */
function cell(value: string | number | null): string {
  if (value === null) return "";
  const text = String(value);
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const jsonText = (value: unknown) => (value === null ? null : JSON.stringify(value));

const lineOf = (row: ListedAuditRow): string =>
  [
    row.seq,
    row.at,
    row.actor.name,
    row.actor.kind,
    row.from?.address ?? null,
    row.from?.session ?? null,
    row.action,
    row.site,
    row.target,
    row.result,
    row.code,
    row.times,
    row.reason,
    jsonText(row.before),
    jsonText(row.after),
    row.hash,
  ]
    .map(cell)
    .join(",");

/** The rows that a filter finds, newest first, as lines of CSV; read page by page, however many there are. */
export async function* csvLines(
  store: Pick<AuditStore, "list">,
  filter: AuditFilter,
  sites: Sites,
): AsyncGenerator<string> {
  // The mark by which spreadsheets know UTF-8.
  yield `\ufeff${HEAD.join(",")}\r\n`;
  for (let beforeSeq: number | null = null; ; ) {
    const rows: ListedAuditRow[] = await store.list(filter, { sites, beforeSeq, limit: PAGE });
    if (rows.length > 0) yield `${rows.map(lineOf).join("\r\n")}\r\n`;
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    beforeSeq = last.seq;
  }
}
