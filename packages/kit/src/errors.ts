/** An error a person can act on: a stable code, what happened, and whether trying again can help. */
export class CodedError extends Error {
  readonly code: string;
  readonly retry: boolean;
  constructor(code: string, message: string, retry: boolean, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = code;
    this.code = code;
    this.retry = retry;
  }
}

type ErrorRow<A extends unknown[]> = { text: (...args: A) => string; retry: boolean };
type ErrorTable = Record<string, ErrorRow<never[]>>;
type ErrorMakers<T extends ErrorTable> = {
  [K in keyof T]: (...args: [...Parameters<T[K]["text"]>, options?: { cause?: unknown }]) => CodedError;
};

/**
 * One table of errors per package: `defineErrors("EDGE", { SPOOL_BUSY: { text: (path) => …, retry: false } })`
 * gives `EdgeErrors.SPOOL_BUSY(path, { cause })`, whose `code` is `EDGE_SPOOL_BUSY`.
 */
export function defineErrors<T extends ErrorTable>(prefix: string, table: T): ErrorMakers<T> {
  const makers: Partial<Record<string, unknown>> = {};
  for (const [key, row] of Object.entries(table)) {
    makers[key] = (...args: unknown[]): CodedError => {
      const arity = row.text.length;
      const options = args[arity];
      const text = (row.text as (...all: unknown[]) => string)(...args.slice(0, arity));
      const cause = typeof options === "object" && options !== null && "cause" in options ? options.cause : undefined;
      return new CodedError(`${prefix}_${key}`, text, row.retry, cause);
    };
  }
  return makers as ErrorMakers<T>;
}

/** The sentence to show for anything that was thrown, with its code where it has one. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof CodedError) return thrown.message;
  if (thrown instanceof AggregateError && thrown.message === "") return thrown.errors.map(messageOf).join("; ");
  // Some libraries throw plain objects that look like errors.
  if (typeof thrown === "object" && thrown !== null && "message" in thrown) return String(thrown.message);
  return String(thrown);
}

/** The `code` of a system error (`ECONNREFUSED`, `ENOSPC`) or of a CodedError, else undefined. */
export function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}
