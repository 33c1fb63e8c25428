/**
 * Reads a query as the original's HTTP library and its C functions do. Readers of S3's interface depend on the oddities:
 * one element without `=` voids all, the first of two equal keys counts, numbers are read as far as they go.
 */
export type WorkerQuery = { userId: number; workerIds: bigint[]; isMerge: boolean };

/** What /worker_status is asked for, or null where the arguments are not valid. `query` is null where there is none. */
export function workerQuery(query: string | null, maxWorkerIds: number): WorkerQuery | null {
  const params = query === null ? null : parseQuery(query);
  const userId = params?.get("user_id");
  const workerIds = params?.get("worker_id");
  if (userId === undefined || workerIds === undefined) return null;
  const ids = workerIds.split(",", maxWorkerIds + 1);
  if (ids.length > maxWorkerIds) return null;
  const merge = params?.get("is_merge") ?? "";
  return {
    userId: Number(BigInt.asIntN(32, leadingInteger(userId))),
    workerIds: ids.map(leadingInteger),
    isMerge: merge.startsWith("T") || merge.startsWith("t"),
  };
}

function parseQuery(query: string): Map<string, string> | null {
  const params = new Map<string, string>();
  for (let rest = query; rest !== ""; ) {
    const end = rest.indexOf("&");
    const element = end < 0 ? rest : rest.slice(0, end);
    rest = end < 0 ? "" : rest.slice(end + 1);
    const equals = element.indexOf("=");
    if (equals <= 0) return null;
    const key = element.slice(0, equals).toLowerCase();
    if (!params.has(key)) params.set(key, decode(element.slice(equals + 1)));
  }
  return params;
}

/** `+` is a blank and %XX a byte; a percent sign without two hex digits stays. A zero byte ends the text. */
function decode(text: string): string {
  if (!/[+%]/.test(text)) return text;
  const decoded = text
    .replaceAll("+", " ")
    .replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return decoded.split("\0", 1)[0] ?? "";
}

const I64_MAX = 0x7fff_ffff_ffff_ffffn;
const I64_MIN = -0x8000_0000_0000_0000n;

/** The number a text begins with, after blanks; 0 where it begins with none; kept within 64 bits. */
export function leadingInteger(text: string): bigint {
  const digits = /^[ \t\n\v\f\r]*([+-]?)0*(\d+)/.exec(text);
  if (!digits) return 0n;
  const [, sign, number = "0"] = digits;
  // Twenty digits are beyond 64 bits already: a megabyte of digits is not turned into a number.
  const magnitude = number.length > 20 ? I64_MAX + 1n : BigInt(number);
  const value = sign === "-" ? -magnitude : magnitude;
  return value > I64_MAX ? I64_MAX : value < I64_MIN ? I64_MIN : value;
}
