import { PostUpload } from "@banksman/wire/api";
import { UPLOAD_HEADERS } from "@banksman/wire/ingest";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import type { CollectorService } from "../collectors/service.ts";
import { type Api, type ApiParts, createApi } from "../http/api.ts";
import { problem } from "../http/problem.ts";
import { readUploadBody } from "./body.ts";
import type { IngestService } from "./service.ts";

const INT4_MAX = 2_147_483_647;

const optional = <S extends z.ZodType>(schema: S) => schema.optional();

/** The headers of an upload beyond key and site; each may be missing, none may be nonsense. */
const UploadHeaders = z.object({
  [UPLOAD_HEADERS.batch]: optional(z.uuid("X-Batch-ID must be a UUID")),
  [UPLOAD_HEADERS.collectedAt]: optional(
    z.iso.datetime({ offset: true, error: "X-Collected-At must be an ISO 8601 time with zone" }),
  ),
  [UPLOAD_HEADERS.sentAt]: optional(
    z.iso.datetime({ offset: true, error: "X-Sent-At must be an ISO 8601 time with zone" }),
  ),
  [UPLOAD_HEADERS.collector]: optional(z.string().max(128)),
  [UPLOAD_HEADERS.version]: optional(z.string().max(64)),
  [UPLOAD_HEADERS.interval]: optional(z.coerce.number().min(0.1).max(86_400)),
  [UPLOAD_HEADERS.backlog]: optional(z.coerce.number().int().min(0).max(INT4_MAX)),
});

function parseHeaders(request: FastifyRequest) {
  const result = UploadHeaders.safeParse(request.headers);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw problem(400, "INVALID_HEADER", issue?.message ?? "a header is not valid", {
    path: String(issue?.path[0] ?? ""),
  });
}

/**
 * Milliseconds the collector's clock is ahead. A sweep that seems taken in the future tells it too; one in the past may
 * only have waited in a spool.
 */
function clockSkewOf(sentAt: string | undefined, collectedAt: string | undefined, receivedAt: number): number | null {
  if (sentAt !== undefined) return Date.parse(sentAt) - receivedAt;
  const ahead = collectedAt === undefined ? 0 : Date.parse(collectedAt) - receivedAt;
  return ahead > 0 ? ahead : null;
}

type Ingest = {
  ingest: IngestService;
  collectors: Pick<CollectorService, "report">;
};

/** Uploads have their own body: a stream, so that nothing is inflated before its size is watched. */
export async function uploadScope(
  app: FastifyInstance,
  parts: ApiParts,
  add: readonly ((api: Api) => void)[],
): Promise<Api["routes"]> {
  let routes: Api["routes"] = [];
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { bodyLimit: 65 * 1024 * 1024 }, (_request, payload, done) => done(null, payload));
    const api = createApi(scope, parts);
    routes = api.routes;
    for (const one of add) one(api);
  });
  return routes;
}

export const ingestRoutes =
  ({ ingest, collectors }: Ingest) =>
  (api: Api): void =>
    api.onRaw(PostUpload, async ({ caller, request }) => {
      if (caller.is !== "collector") throw problem(401, "NOT_SIGNED_IN", "send a valid X-Collector-Key");
      const receivedAt = Date.now();
      const headers = parseHeaders(request);
      const sentAt = headers[UPLOAD_HEADERS.sentAt];
      const body = await readUploadBody(request.raw, {
        contentType: request.headers["content-type"],
        contentEncoding: request.headers["content-encoding"],
      });
      const collectedAt = headers[UPLOAD_HEADERS.collectedAt];
      const reply = await ingest.accept({
        siteNo: caller.siteNo,
        siteId: caller.siteId,
        body,
        batchId: headers[UPLOAD_HEADERS.batch],
        collectedAt: collectedAt === undefined ? undefined : Date.parse(collectedAt),
        clockSkewMs: clockSkewOf(sentAt, collectedAt, receivedAt),
      });
      const report = collectors.report({
        siteNo: caller.siteNo,
        collectorId: headers[UPLOAD_HEADERS.collector] ?? `key-${caller.keyId}`,
        keyId: caller.keyId,
        version: headers[UPLOAD_HEADERS.version] ?? request.headers["user-agent"]?.slice(0, 64) ?? null,
        intervalSeconds: headers[UPLOAD_HEADERS.interval] ?? null,
        readings: reply.data.processed,
        backlogBatches: headers[UPLOAD_HEADERS.backlog] ?? null,
        clockSkewMs: clockSkewOf(sentAt, collectedAt, receivedAt),
        address: request.ip,
      });
      // The readings are on disk: what the collector tells of itself must not make it send them again.
      await report.catch((error: unknown) => request.log.warn({ err: error }, "a collector's report was not kept"));
      return reply;
    });
