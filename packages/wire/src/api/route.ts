import { z } from "zod";
import type { Permission } from "./permission.ts";

export type Route = {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** With `:name` for parameters, under /api. */
  path: string;
  summary: string;
  needs: Permission;
  /**
   * Where `needs` must hold. Without it: at the site that the path names, and everywhere where it names none. `anywhere`:
   * at some site as a whole, and the handler keeps to those it is given. `container`: at the site or some of its
   * containers, and the handler keeps to those. `miners`: at the site, or some site where the path names none, or for some
   * miners there, of containers or of customers, and the handler keeps to those; no other route lets in who is given
   * customers alone.
   */
  at?: "anywhere" | "container" | "miners";
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** The status of a successful reply, where that isn't 200. */
  status?: 202;
  /** Where a body may be larger than the usual 1 MiB. */
  max_body_bytes?: number;
  /** The action's name in the audit trail, where method and path don't make a good one. */
  action?: string;
  /**
   * Whether a call is told of in the audit trail: each that isn't a GET is, unless it changes nothing or carries readings;
   * a GET is where what it gives away matters.
   */
  audited?: boolean;
  /** The reply's media type, where it is no JSON. */
  media?: string;
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
