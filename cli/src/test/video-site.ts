import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { prepareDatabase } from "@banksman/server/prepared-database";
import { type CameraSim, type CameraSimOptions, startCameras } from "@banksman/sim";
import { freePort, type Running, tempFolder, waitFor } from "@banksman/testkit";
import type { Camera, CameraInput } from "@banksman/wire/api";
import { banksman, makeKey, PASSWORD } from "./site.ts";

/** An address of a simulated camera may be reached: cameras of tests stand on this machine. */
const HERE = "127.0.0.0/8";

export type Watched = { playlist: string; token: string; profile: string; reason: string | null };
export type VideoSite = Awaited<ReturnType<typeof videoSite>>;

/** A site with simulated cameras that count what they are asked, a server, and an edge where the cameras are the edge's. */
export async function videoSite(
  count: number,
  via: Camera["via"],
  options: Partial<CameraSimOptions> = {},
  video: Record<string, unknown> = {},
) {
  const folder = await tempFolder();
  const sim: CameraSim = await startCameras({ count, seed: 3, port: 0, rtspPort: 0, samePicture: true, ...options });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const data_dir = join(folder.path, "data");
  await prepareDatabase(data_dir);
  const config = join(folder.path, "banksman.json");
  await writeFile(
    config,
    JSON.stringify({
      ...{ host: "127.0.0.1", port, data_dir, admin_password: PASSWORD, video },
      // What an edge reads is its own to allow.
      egress: { allow: via === "server" ? [HERE] : [] },
    }),
  );
  const startServer = async (): Promise<Running> => {
    const server = banksman(["server", "--config", config], { DATABASE_URL: "" });
    await server.output(/Banksman is at/);
    return server;
  };
  let server = await startServer();
  const key = await makeKey(url);
  const signIn = async (): Promise<string> => {
    const session = await fetch(`${url}/api/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: "admin", password: PASSWORD }),
    });
    return session.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  };
  let cookie = await signIn();
  const ask = (method: string, path: string, body?: unknown, as = cookie): Promise<Response> =>
    fetch(`${url}/api${path}`, {
      method,
      headers: { cookie: as, ...(body !== undefined && { "content-type": "application/json" }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const reply = await ask(method, path, body);
    const { data, ...rest } = (await reply.json()) as { data: T };
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(rest)}`);
    return data;
  };

  let edge: Running | null = null;
  if (via === "edge") {
    const edgeConfig = join(folder.path, "collector_config.json");
    const spool = { path: join(folder.path, "edge/spool.db") };
    await writeFile(
      edgeConfig,
      JSON.stringify({ api_url: url, api_key: key, site_id: "1", video: { allow: [HERE] }, spool, ops_port: 0 }),
    );
    edge = banksman(["edge", "--config", edgeConfig]);
  }
  /** Registers one of the simulated cameras. */
  const addCamera = (input: Partial<CameraInput> & { url: string }): Promise<Camera> =>
    call<Camera>("POST", "/sites/1/cameras", { name: input.url, kind: "hls", via, ...input });
  const watch = (cameraId: string, profile = "source"): Promise<Watched> =>
    call<Watched>("POST", `/sites/1/cameras/${cameraId}/watch`, { profile });
  /** What a player gets of a stream. */
  const play = (path: string, token: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}`, ...headers } });
  if (via === "edge") {
    const probe = await addCamera({ name: "probe", url: sim.cameras[0]?.hls ?? "" });
    const { playlist, token } = await watch(probe.camera_id);
    const isThere = async () => (await play(playlist, token)).status === 200;
    await waitFor("the edge to be connected", isThere, { withinMs: 20_000 });
    await call("DELETE", `/sites/1/cameras/${probe.camera_id}`);
  }
  return {
    url,
    sim,
    key,
    folder: folder.path,
    call,
    ask,
    addCamera,
    watch,
    play,
    signIn,
    cookie: () => cookie,
    server: () => server,
    /** Ends the server by a signal and starts it anew. */
    restart: async (signal: NodeJS.Signals): Promise<void> => {
      await server.stop(signal);
      server = await startServer();
      cookie = await signIn();
    },
    [Symbol.asyncDispose]: async () => {
      await edge?.stop();
      await server.stop();
      await sim.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
