import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { problem } from "./problem.ts";

const BESIDE = fileURLToPath(new URL("../../../../web/dist", import.meta.url));

/** Serves the built web program; every path that is no file and no API gets its page, which routes by itself. */
export async function serveWeb(app: FastifyInstance, webDir: string | undefined): Promise<boolean> {
  const root = webDir ?? BESIDE;
  if (!existsSync(join(root, "index.html"))) return false;
  await app.register(fastifyStatic, {
    root,
    wildcard: false,
    index: false,
    preCompressed: true,
    setHeaders: (response, path) => {
      // Names under assets/ carry a hash of their content.
      const forever = path.includes(`${join("dist", "assets")}`) || path.includes("/assets/");
      response.header("cache-control", forever ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
  app.get("/*", async (request, reply) => {
    const path = request.url.split("?")[0] ?? "";
    if (path.startsWith("/api") || /\.\w+$/.test(path.split("/").at(-1) ?? "")) {
      throw problem(404, "NO_SUCH_PATH", `there is nothing at GET ${path}`);
    }
    return reply.sendFile("index.html", root);
  });
  return true;
}
