/** What the server answered instead of data (RFC 9457), or `network` when it did not answer at all. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  /** The member of the request that was wrong, such as `body.password`. */
  readonly path: string | null;
  /** The permission that is missing where something was not allowed. */
  readonly needs: string | null;
  readonly retryAfterSeconds: number | null;

  constructor(fields: {
    status: number;
    code: string;
    detail: string;
    path?: string;
    needs?: string;
    retryAfterSeconds?: number;
  }) {
    super(`${fields.code}: ${fields.detail}`);
    this.name = "ApiProblem";
    this.status = fields.status;
    this.code = fields.code;
    this.detail = fields.detail;
    this.path = fields.path ?? null;
    this.needs = fields.needs ?? null;
    this.retryAfterSeconds = fields.retryAfterSeconds ?? null;
  }

  get isForbidden(): boolean {
    return this.status === 403;
  }

  get isSignedOut(): boolean {
    return this.status === 401;
  }

  get isMissing(): boolean {
    return this.status === 404;
  }

  /** Whether the same request may succeed later: no answer, too many, or a server that can't do its job now. */
  get mayPass(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const textOf = (body: unknown, key: string): string | undefined => {
  const value = isRecord(body) ? body[key] : undefined;
  return typeof value === "string" ? value : undefined;
};

/** Reads a refusal, whatever shape its body has. */
export function problemOf(status: number, body: unknown, retryAfter: string | null): ApiProblem {
  const seconds = Number(retryAfter);
  const path = textOf(body, "path");
  const needs = textOf(body, "needs");
  return new ApiProblem({
    status,
    code: textOf(body, "code") ?? `http.${status}`,
    detail: textOf(body, "detail") ?? textOf(body, "error") ?? textOf(body, "title") ?? "",
    ...(path === undefined ? {} : { path }),
    ...(needs === undefined ? {} : { needs }),
    ...(retryAfter !== null && Number.isFinite(seconds) ? { retryAfterSeconds: seconds } : {}),
  });
}
