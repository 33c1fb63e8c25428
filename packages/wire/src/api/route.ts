import { z } from "zod";

/** What a caller must hold; every route names one, and what is not granted is denied. */
export const Permission = z.enum([
  "public",
  "session",
  "reading.read",
  "reading.upload",
  "site.read",
  "site.manage",
  "collector.manage",
  "user.manage",
  "pool.read",
  "pool.manage",
  "alert.read",
  "alert.ack",
  "alert.manage",
]);
export type Permission = z.infer<typeof Permission>;

export const Role = z.enum(["admin", "operator", "viewer"]);
export type Role = z.infer<typeof Role>;

/** Which role holds which permission. A collector key holds reading.upload and reading.read of its own site only. */
export const ROLE_PERMISSIONS: Record<Role, readonly Permission[]> = {
  admin: [
    "session",
    "reading.read",
    "site.read",
    "site.manage",
    "collector.manage",
    "user.manage",
    "pool.read",
    "pool.manage",
    "alert.read",
    "alert.ack",
    "alert.manage",
  ],
  operator: [
    "session",
    "reading.read",
    "site.read",
    "collector.manage",
    "pool.read",
    "pool.manage",
    "alert.read",
    "alert.ack",
  ],
  viewer: ["session", "reading.read", "site.read", "pool.read", "alert.read"],
};

export type Route = {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** With `:name` for parameters, under /api. */
  path: string;
  summary: string;
  needs: Permission;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  reply: z.ZodType;
};

/** Declares a route as a value that server and web both import; its types are inferred from the schemas. */
export const defineRoute = <const R extends Route>(route: R): R => route;

type Input<S> = S extends z.ZodType ? z.input<S> : undefined;
type Output<S> = S extends z.ZodType ? z.output<S> : undefined;
export type ParamsOf<R extends Route> = Output<R["params"]>;
export type QueryOf<R extends Route> = Output<R["query"]>;
export type BodyOf<R extends Route> = Output<R["body"]>;
export type ReplyOf<R extends Route> = z.output<R["reply"]>;
/** What a client passes to call the route. */
export type CallOf<R extends Route> = {
  params?: Input<R["params"]>;
  query?: Input<R["query"]>;
  body?: Input<R["body"]>;
};

/** Every successful reply is `{ success: true, data }`. */
export const reply = <S extends z.ZodType>(data: S) => z.object({ success: z.literal(true), data });
