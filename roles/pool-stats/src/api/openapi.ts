import { VERSION } from "@banksman/kit";
import { POOL_STATS_PREFIX, POOL_STATS_ROUTES, type Route } from "@banksman/wire/api";
import { z } from "zod";

/** Where this process serves the routes that a server serves under `/api/pool-stats/v1`. */
export const API_PREFIX = "/api/v1";

const schemaOf = (schema: z.ZodType, io: "input" | "output") => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
};

const parametersOf = (shape: z.ZodObject | undefined, place: "path" | "query") =>
  Object.entries(shape?.shape ?? {}).map(([name, field]) => ({
    name,
    in: place,
    required: place === "path",
    schema: field instanceof z.ZodType ? schemaOf(field, "input") : {},
  }));

const problem = { type: "object", properties: { code: { type: "string" }, detail: { type: "string" } } };
const json = (schema: object, type = "application/json") => ({ [type]: { schema } });

/** The OpenAPI 3.1 document of the JSON API. */
export function openApiDocument(): object {
  const paths: Record<string, object> = {};
  for (const route of POOL_STATS_ROUTES satisfies readonly Route[]) {
    const path = route.path.slice(POOL_STATS_PREFIX.length).replace(/:(\w+)/g, "{$1}");
    const params = "params" in route ? parametersOf(route.params, "path") : [];
    const query = "query" in route ? parametersOf(route.query, "query") : [];
    paths[API_PREFIX + path] = {
      get: {
        summary: route.summary,
        parameters: [...params, ...query],
        responses: {
          200: { description: "Done", content: json(schemaOf(route.reply, "output")) },
          default: { description: "Problem details", content: json(problem, "application/problem+json") },
        },
      },
    };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Banksman pool-stats",
      version: VERSION,
      description: "Times are UTC, ISO 8601. Ids and sums of difficulty are decimal text; hashrates are in H/s.",
    },
    paths,
  };
}
