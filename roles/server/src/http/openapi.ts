import type { Permission, Route } from "@banksman/wire/api";
import { Problem, UPLOAD_HEADERS, Upload } from "@banksman/wire/ingest";
import { z } from "zod";

type Json = Record<string, unknown>;

const jsonSchema = (schema: z.ZodType, io: "input" | "output"): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
};

/** `:site_id` as OpenAPI writes it. */
const openPath = (path: string) => `/api${path.replace(/:(\w+)/g, "{$1}")}`;

function parameters(route: Route): Json[] {
  const of = (schema: z.ZodObject | undefined, place: "path" | "query") =>
    Object.entries(schema?.shape ?? {}).map(([name, field]) => ({
      name,
      in: place,
      required: place === "path",
      schema: field instanceof z.ZodType ? jsonSchema(field, "input") : {},
    }));
  return [...of(route.params, "path"), ...of(route.query, "query")];
}

function security(needs: Permission): Json[] {
  if (needs === "public") return [];
  if (needs === "reading.upload") return [{ collectorKey: [] }];
  return needs === "reading.read" ? [{ session: [] }, { collectorKey: [] }] : [{ session: [] }];
}

function uploadExtras(): Json {
  const header = (name: string, description: string) => ({
    name,
    in: "header",
    required: false,
    description,
    schema: { type: "string" },
  });
  return {
    parameters: [
      header(UPLOAD_HEADERS.site, "The site's id; when sent it must be the key's own site."),
      header(UPLOAD_HEADERS.batch, "A UUID; a batch sent again with the same id changes nothing."),
      header(UPLOAD_HEADERS.collectedAt, "ISO 8601 time of the sweep; without it readings are dated at receipt."),
      header(UPLOAD_HEADERS.sentAt, "ISO 8601 time at the collector when it sent; tells its clock skew."),
      header(UPLOAD_HEADERS.collector, "The collector's own id."),
      header(UPLOAD_HEADERS.version, "Its version."),
      header(UPLOAD_HEADERS.interval, "Its sweep interval in seconds."),
      header(UPLOAD_HEADERS.backlog, "Batches that wait behind this one."),
    ],
    requestBody: {
      required: true,
      description:
        "JSON, or the same as gzip with Content-Encoding: gzip; at most 20,000 readings and 64 MiB inflated.",
      content: {
        "application/json": { schema: jsonSchema(Upload, "input") },
        "application/gzip": { schema: { type: "string", format: "binary" } },
      },
    },
  };
}

function operation(route: Route): Json {
  const problems = {
    description: "Problem details (RFC 9457)",
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  };
  return {
    summary: route.summary,
    description: `Needs: ${route.needs}.`,
    parameters: parameters(route),
    security: security(route.needs),
    ...(route.body
      ? {
          requestBody: { required: true, content: { "application/json": { schema: jsonSchema(route.body, "input") } } },
        }
      : {}),
    ...(route.needs === "reading.upload" && !route.body ? uploadExtras() : {}),
    responses: {
      [route.status ?? 200]: {
        description: "Done",
        content: { [route.media ?? "application/json"]: { schema: jsonSchema(route.reply, "output") } },
      },
      default: problems,
    },
  };
}

/** The OpenAPI 3.1 document of these routes. */
export function openApiDocument(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes.toSorted((a, b) => openPath(a.path).localeCompare(openPath(b.path)))) {
    const path = openPath(route.path);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Banksman",
      version,
      description: "Times are UTC, ISO 8601. Hashrate is GH/s, power W, temperature °C.",
    },
    paths,
    components: {
      schemas: { Problem: jsonSchema(Problem, "output") },
      securitySchemes: {
        session: { type: "apiKey", in: "cookie", name: "banksman_session" },
        collectorKey: { type: "apiKey", in: "header", name: "X-Collector-Key" },
      },
    },
  };
}
