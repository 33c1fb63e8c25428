import { z } from "zod";
import { defineRoute, reply } from "./route.ts";

const time = z.iso.datetime();

export const Keys = z.object({
  /** Sign access tokens; their public halves are at /.well-known/jwks.json. */
  signing: z.array(z.object({ kid: z.string(), created_at: time, signs: z.boolean() })),
  /** Where the key comes from that seals secrets in the database, and how many values it and older ones seal. */
  secrets: z.object({
    source: z.enum(["configuration", "file"]),
    current: z.int(),
    older: z.int(),
    unreadable: z.int(),
  }),
});
export type Keys = z.infer<typeof Keys>;

export const GetKeys = defineRoute({
  method: "GET",
  path: "/keys",
  summary: "The keys that sign access tokens, and how secrets in the database are sealed",
  needs: "settings.manage",
  reply: reply(Keys),
});

export const RotateSigningKey = defineRoute({
  method: "POST",
  path: "/keys/signing/rotate",
  action: "keys.rotate-signing",
  summary: "Signs access tokens with a new key from now on",
  needs: "settings.manage",
  reply: reply(Keys),
});

export const ResealSecrets = defineRoute({
  method: "POST",
  path: "/keys/secrets/reseal",
  action: "keys.reseal",
  summary: "Seals every secret in the database with the newest key; then the older one may go",
  needs: "settings.manage",
  reply: reply(Keys),
});
