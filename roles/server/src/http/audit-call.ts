import type { Log } from "@banksman/kit";
import type { AuditResult, Route } from "@banksman/wire/api";
import type { FastifyRequest } from "fastify";
import type { Tx } from "../audit/append.ts";
import type { Audit, AuditInput } from "../audit/recorder.ts";
import { knownMembers, plain, secretNames } from "../audit/redact.ts";
import type { Refusals } from "../audit/refusals.ts";
import type { Caller } from "./caller.ts";
import { HttpProblem } from "./problem.ts";

/** What a handler adds to the row of its call. `after` stands in the place of the request's body. */
export type AuditNote = {
  before?: unknown;
  after?: unknown;
  reason?: string | null;
  target?: string;
  /** Who the caller turned out to be, where the call itself told it. */
  person?: string;
};

export type CallAudit = {
  note: (note: AuditNote) => void;
  /** Notes the row in the handler's transaction: it and what it tells of are kept or lost together. */
  within: (tx: Tx) => Promise<void>;
};

export type AuditTrail = {
  audit: Pick<Audit, "begin" | "done" | "finish" | "record">;
  refusals: Pick<Refusals, "record">;
  log: Log;
};

/**
 * An action's name from its route: `POST /sites` is `sites.create`, `PATCH /alerts/channels/:name` is
 * `alerts.channels.update`, `POST /alerts/:alert_id/notes` is `alerts.notes.create`.
 */
export function actionOf({ method, path, action }: Pick<Route, "method" | "path" | "action">): string {
  if (action !== undefined) return action;
  const verb = { GET: "read", POST: "create", PATCH: "update", DELETE: "delete" }[method];
  const nouns = path.split("/").filter((part) => part !== "" && !part.startsWith(":"));
  return [...nouns, verb].join(".");
}

const actorOf = (caller: Caller): AuditInput["actor"] => {
  switch (caller.is) {
    case "person":
      return { kind: "person", name: caller.username };
    case "collector":
      return { kind: "collector", name: `site ${caller.siteId}, key ${caller.keyId}` };
    case "reader":
    case "nobody":
      return { kind: caller.is, name: null };
  }
};

/** Which session, by the beginning of its id, or API token; neither opens anything. */
const sessionOf = (caller: Caller): string | null => {
  if (caller.is !== "person") return null;
  return caller.via.is === "session" ? caller.via.id.replaceAll("-", "").slice(0, 12) : `token ${caller.via.id}`;
};

function fromOf(request: FastifyRequest): NonNullable<AuditInput["from"]> {
  return {
    address: request.ip,
    session: sessionOf(request.caller),
    client: request.headers["user-agent"] ?? null,
  };
}

function outcomeOf(error: unknown): { result: AuditResult; code: string } {
  if (!(error instanceof HttpProblem)) return { result: "failed", code: "SERVER_ERROR" };
  return { result: error.status < 500 ? "refused" : "failed", code: error.body.code ?? String(error.status) };
}

/** Of what stands now, the members that a change names: what stood there before. */
export const membersOf = (change: object, current: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(current).filter(([name]) => name in change));

type Describe = (request: FastifyRequest, note: AuditNote) => AuditInput;

/** What a call is told as: by its route, who calls, what is asked and what the handler noted. */
function describer(route: Route, siteOf: (request: FastifyRequest) => string | undefined): Describe {
  const secrets = secretNames(route.body);
  const keepKnown = knownMembers(route.body);
  return (request, note) => {
    const body = keepKnown(request.body);
    const params = typeof request.params === "object" && request.params !== null ? request.params : {};
    const reason = typeof body === "object" && body !== null && "reason" in body ? body.reason : null;
    return {
      actor: note.person === undefined ? actorOf(request.caller) : { kind: "person", name: note.person },
      from: fromOf(request),
      action: actionOf(route),
      site: siteOf(request) ?? null,
      target: note.target ?? (Object.values(params).map(String).join("/") || null),
      before: plain(note.before, secrets),
      after: plain("after" in note ? note.after : body, secrets),
      reason: note.reason ?? (typeof reason === "string" ? reason : null),
    };
  };
}

/** Tells of each call of one route in the audit trail: done, refused or failed. */
export function auditedRoute(
  route: Route,
  { audit, refusals, log }: AuditTrail,
  siteOf: (request: FastifyRequest) => string | undefined,
) {
  const describe = describer(route, siteOf);
  const isAudited = route.audited ?? route.method !== "GET";

  /** How a call ended. When it can't be written now, what was noted as begun tells of it later. */
  const finish = (begun: string | null, input: AuditInput): Promise<void> => {
    const isByNobody = input.actor.kind === "nobody" && input.result === "refused";
    const written = begun ? audit.finish(begun, input) : isByNobody ? refusals.record(input) : audit.record(input);
    return written.catch((error: unknown) => log.error({ err: error }, `${input.action} could not be recorded yet`));
  };

  return {
    /** Records that a call was turned away before its handler, also of a GET, and throws on. */
    refused: async (request: FastifyRequest, error: unknown): Promise<never> => {
      await refusals.record({ ...describe(request, { after: null }), ...outcomeOf(error) });
      throw error;
    },
    /** Runs a handler between a note that it began and the row of how it ended. */
    run: async <T>(request: FastifyRequest, handle: (audit: CallAudit) => Promise<T>): Promise<T> => {
      if (!isAudited) return handle({ note: () => undefined, within: async () => undefined });
      let note: AuditNote = {};
      let isDone = false;
      // Whoever isn't known yet can do nothing but try to sign in.
      const begun = request.caller.is === "nobody" ? null : await audit.begin(describe(request, note));
      const callAudit: CallAudit = {
        note: (more) => {
          note = { ...note, ...more };
        },
        within: async (tx) => {
          const input = describe(request, note);
          await (begun ? audit.done(begun, input, tx) : audit.record(input, tx));
          isDone = true;
        },
      };
      try {
        const data = await handle(callAudit);
        if (begun || !isDone) await finish(begun, describe(request, note));
        return data;
      } catch (error) {
        // A transaction that fails at its very end may have been kept: what it noted tells, and is settled later.
        if (!isDone) await finish(begun, { ...describe(request, note), ...outcomeOf(error) });
        throw error;
      }
    },
  };
}
