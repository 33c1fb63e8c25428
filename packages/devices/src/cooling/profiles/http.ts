import { webReply } from "../../decode/web-reply.ts";
import { DeviceErrors } from "../../errors.ts";
import { HttpConnection, type HttpRequest } from "../../transports/http.ts";
import type { CoolingTarget } from "../family.ts";
import type { Wire } from "./family.ts";
import { atPath, type HttpProfile, type JsonPlace } from "./profile.ts";
import { readSwitch } from "./value.ts";

type HttpWrite = NonNullable<HttpProfile["orders"]["start"]>["write"];

/** Controllers that answer JSON over HTTP: requests go one after the other, and no redirect is followed. */
export const overHttp = ({ requests, port }: HttpProfile): Wire<JsonPlace, HttpWrite> => ({
  look: async (target, lane) => {
    const connection = new HttpConnection({ ...target, port: target.port ?? port });
    const answers = new Map<string, unknown>();
    try {
      for (const [name, { path, headers = {}, lane: of }] of Object.entries(requests)) {
        if (of === "slow" && lane === "fast") continue;
        const reply = webReply(
          await connection.send({ method: "GET", path, headers: { Accept: "application/json", ...headers } }),
        );
        if (reply.code === 401 || reply.code === 403)
          throw DeviceErrors.ACCESS_DENIED(`HTTP ${reply.code} for ${path}`);
        // One request of several may be missing in a firmware; its values are then bad.
        answers.set(name, reply.ok ? (reply.body.list ?? reply.body) : undefined);
      }
    } finally {
      connection.close();
    }
    return ({ from, path }) => {
      if (!answers.has(from)) return null;
      const body = answers.get(from);
      return { raw: body === undefined ? undefined : atPath(body, path) };
    };
  },
  write: async (write, value, target, onSent) => {
    const connection = new HttpConnection({ ...target, port: target.port ?? port, onSent });
    try {
      const reply = webReply(await connection.send(requestOf(write, value)));
      if (!reply.ok) return reply.message ?? `HTTP ${reply.code}`;
      if (!write.accepted) return null;
      const said = atPath(reply.body, write.accepted.path);
      return readSwitch(said, { on: write.accepted.on, invert: false }) === true
        ? null
        : `the controller said ${JSON.stringify(said) ?? "nothing"}`;
    } finally {
      connection.close();
    }
  },
  show: (write, value, target) => ({ to: addressOf(target, port), bytes: textOf(requestOf(write, value)) }),
});

const addressOf = (target: CoolingTarget, port: number) => `${target.host}:${target.port ?? port}`;

function requestOf({ method, path, body }: HttpWrite, value: string | number | boolean): HttpRequest {
  const fill = (template: string, told: string) => template.replaceAll("{value}", told);
  const headers = { Accept: "application/json", Connection: "close", "Cache-Control": "no-store" };
  return {
    method,
    path: fill(path, encodeURIComponent(String(value))),
    headers: body === undefined ? headers : { ...headers, "Content-Type": "application/json" },
    ...(body !== undefined && { body: fill(body, String(value)) }),
  };
}

const textOf = ({ method, path, body }: HttpRequest): string =>
  `${method} ${path}${body === undefined ? "" : `\n${body}`}`;
