import type { Permission } from "@banksman/wire/api";
import type { Problem } from "@banksman/wire/ingest";

/** An answer that says no, as RFC 9457 problem details. */
export class HttpProblem extends Error {
  readonly status: number;
  readonly body: Problem;
  readonly headers: Record<string, string>;
  /** Whoever gave it has said it in the log, in their own way. */
  readonly isLogged: boolean;
  constructor(status: number, body: Problem, headers: Record<string, string> = {}, isLogged = false) {
    super(body.detail);
    this.name = "HttpProblem";
    this.status = status;
    this.body = body;
    this.headers = headers;
    this.isLogged = isLogged;
  }
}

const TITLES: Record<number, string> = {
  400: "Bad request",
  401: "Not signed in",
  403: "Not allowed",
  404: "Not found",
  409: "Conflict",
  413: "Too large",
  415: "Unsupported media type",
  422: "Can't be done",
  429: "Too many requests",
  500: "Server error",
  503: "Not available",
};

/**
 * A problem to throw from a route: `code` is stable, `detail` says what happened and what to do. `success: false` and
 * `error` stand where clients of the original collector API look.
 */
export function problem(
  status: number,
  code: string,
  detail: string,
  extra: { path?: string; needs?: Permission; retryAfterSeconds?: number; isLogged?: boolean } = {},
): HttpProblem {
  const body: Problem = {
    success: false,
    error: detail,
    type: `urn:banksman:problem:${code.toLowerCase().replaceAll("_", "-")}`,
    title: TITLES[status] ?? "Problem",
    status,
    detail,
    code,
    ...(extra.path === undefined ? {} : { path: extra.path }),
    ...(extra.needs === undefined ? {} : { needs: extra.needs }),
  };
  const headers: Record<string, string> =
    extra.retryAfterSeconds === undefined ? {} : { "retry-after": String(Math.ceil(extra.retryAfterSeconds)) };
  return new HttpProblem(status, body, headers, extra.isLogged);
}
