import { createLog, createMetrics, Health, type RoleContext } from "@banksman/kit";
import { tempFolder, waitFor } from "@banksman/testkit";
import { ServerConfig } from "../config.ts";
import { serve } from "../main.ts";
import { prepareDatabase } from "./prepared-database.ts";

export const ADMIN_PASSWORD = "a-long-test-password";

const STOP_MS = 30_000;

type Json = Record<string, unknown>;

export type TestServer = AsyncDisposable & {
  url: string;
  /** All of it, or only its newest parts as far as the named one. */
  stop: (until?: string) => Promise<void>;
  /** Calls the API; `cookie` and `key` say as whom. Bodies are sent as JSON. */
  call: (
    method: string,
    path: string,
    options?: { body?: unknown; cookie?: string; key?: string; headers?: Record<string, string> },
  ) => Promise<{ status: number; body: Json; headers: Headers }>;
  signIn: (username?: string, password?: string) => Promise<string>;
};

/** Which of a server's parts doesn't end is worth more than that a test is late. */
async function within(name: string, stop: () => void | Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${name} didn't stop within ${STOP_MS / 1_000} s`)), STOP_MS);
  await Promise.race([stop(), late.promise]).finally(() => clearTimeout(timer));
}

/** A real server in this process, on a free port, with its own embedded database unless `settings` name another. */
export async function startTestServer(settings: Record<string, unknown> = {}): Promise<TestServer> {
  const folder = await tempFolder();
  const raw = {
    port: 0,
    data_dir: folder.path,
    admin_password: ADMIN_PASSWORD,
    web_dir: folder.path,
    ...settings,
  };
  const config = ServerConfig.parse(raw);
  // A test that brings a folder of its own knows what is in it.
  if (config.database_url === undefined && config.data_dir === folder.path) await prepareDatabase(folder.path);
  const abort = new AbortController();
  const stops: { name: string; stop: () => void | Promise<void> }[] = [];
  const context: RoleContext = {
    log: createLog("server", process.env.TEST_LOG ?? "silent"),
    signal: abort.signal,
    health: new Health(),
    metrics: createMetrics("server"),
    onStop: (name, stop) => stops.push({ name, stop }),
  };
  const output: string[] = [];
  const write = process.stdout.write.bind(process.stdout);
  // The server prints its address: tests read it from there, as a person would.
  process.stdout.write = ((chunk: string | Uint8Array, ...rest: []) => {
    output.push(String(chunk));
    return String(chunk).startsWith("Banksman is at") ? true : write(chunk, ...rest);
  }) as typeof process.stdout.write;
  const serving = serve(config, context, { raw, environment: {}, file: "banksman.yaml" });
  let failure: unknown;
  serving.catch((error: unknown) => {
    failure = error;
  });
  const stop = async (until?: string) => {
    abort.abort();
    await serving.catch(() => undefined);
    for (let part = stops.pop(); part; part = stops.pop()) {
      await within(part.name, part.stop);
      if (part.name === until) return;
    }
  };
  try {
    const url = await waitFor(
      "the server's address",
      () => {
        if (failure) throw failure;
        return /Banksman is at (\S+)/.exec(output.join(""))?.[1];
      },
      { withinMs: 20_000 },
    );
    process.stdout.write = write;
    await waitFor("the last of its parts to be started", () => stops.some(({ name }) => name === "video"));
    return { url, stop, ...client(url), [Symbol.asyncDispose]: () => stop().then(() => folder[Symbol.asyncDispose]()) };
  } catch (error) {
    process.stdout.write = write;
    await stop();
    throw failure ?? error;
  }
}

function client(url: string): Pick<TestServer, "call" | "signIn"> {
  const call: TestServer["call"] = async (method, path, { body, cookie, key, headers } = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(cookie === undefined ? {} : { cookie }),
        ...(key === undefined ? {} : { "x-collector-key": key }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text.startsWith("{") ? JSON.parse(text) : { text },
      headers: response.headers,
    };
  };
  const signIn = async (username = "admin", password = ADMIN_PASSWORD) => {
    const { headers } = await call("POST", "/api/session", { body: { username, password } });
    return headers.getSetCookie()[0]?.split(";")[0] ?? "";
  };
  return { call, signIn };
}

/** Makes a site and a collector key for it. */
export async function siteWithKey(server: TestServer, siteId: string): Promise<{ cookie: string; key: string }> {
  const cookie = await server.signIn();
  await server.call("POST", "/api/sites", { cookie, body: { site_id: siteId, name: `Site ${siteId}` } });
  const { body } = await server.call("POST", `/api/sites/${siteId}/collector-keys`, { cookie, body: { name: "test" } });
  const data = body.data as { collector_key: string };
  return { cookie, key: data.collector_key };
}
