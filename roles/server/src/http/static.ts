import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { problem } from "./problem.ts";

const BESIDE = fileURLToPath(new URL("../../../../web/dist", import.meta.url));

const ASSETS = "/assets/";

/** Serves the built web program; every path that is no file and no API gets its page, which routes by itself. */
export async function serveWeb(app: FastifyInstance, webDir: string | undefined): Promise<boolean> {
  const root = webDir ?? BESIDE;
  if (!existsSync(join(root, "index.html"))) return false;
  await app.register(fastifyStatic, {
    root,
    // Files are looked up when they are asked for: a rebuild while the server runs must not leave the page without them.
    serve: false,
    preCompressed: true,
    setHeaders: (response, path) => {
      // Names under assets/ carry a hash of their content.
      const forever = path.includes(ASSETS);
      response.header("cache-control", forever ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
  app.get("/*", async (request, reply) => {
    const path = request.url.split("?")[0] ?? "";
    if (path.startsWith("/api/")) throw problem(404, "NO_SUCH_PATH", `there is nothing at GET ${path}`);
    // A page's address may end like a file's name, since a miner's id may be its address: only these two kinds are files.
    const isFile = path.startsWith(ASSETS) || /^\/[\w-]+\.(svg|png|ico|txt|webmanifest)$/.test(path);
    return reply.sendFile(isFile ? path.slice(1) : "index.html");
  });
  return true;
}
