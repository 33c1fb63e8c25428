import { GetKeys, ResealSecrets, RotateSigningKey } from "@banksman/wire/api";
import type { FastifyInstance } from "fastify";
import type { Api } from "../http/api.ts";
import type { KeyService } from "./service.ts";

const JWKS_CACHE_S = 300;

/** `published` are the public halves of the keys that sign access tokens: anybody may check one. */
export function keyRoutes(api: Api, app: FastifyInstance, keys: KeyService, published: () => Promise<object>): void {
  app.get("/.well-known/jwks.json", async (_request, reply) => {
    reply.header("cache-control", `public, max-age=${JWKS_CACHE_S}`);
    return published();
  });
  api.on(GetKeys, () => keys.describe());
  api.on(RotateSigningKey, () => keys.rotateSigning());
  api.on(ResealSecrets, () => keys.reseal());
}
