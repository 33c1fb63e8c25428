import { type Permission, ROLE_PERMISSIONS, type Role } from "@banksman/wire/api";
import { problem } from "./problem.ts";

/** Who is asking, as far as the server could tell. */
export type Caller =
  | { is: "person"; userNo: number; username: string; role: Role; sessionHash: Buffer; expiresAt: Date }
  | { is: "collector"; siteNo: number; siteId: string; keyId: number }
  | { is: "reader" }
  | { is: "nobody" };

const COLLECTOR_PERMISSIONS: readonly Permission[] = ["reading.upload", "reading.read"];

function permissionsOf(caller: Caller): readonly Permission[] {
  switch (caller.is) {
    case "person":
      return ROLE_PERMISSIONS[caller.role];
    case "collector":
      return COLLECTOR_PERMISSIONS;
    case "reader":
      return ["reading.read"];
    case "nobody":
      return [];
  }
}

/**
 * Lets the call through or throws 401 or 403; what is not granted is denied. A collector key reaches its own site
 * alone: `siteId` is the site the call names, if any.
 */
export function authorise(caller: Caller, needs: Permission, siteId: string | undefined): void {
  if (needs === "public") return;
  if (!permissionsOf(caller).includes(needs)) {
    if (caller.is === "nobody" || (caller.is === "reader" && needs !== "reading.read")) {
      const how = needs === "reading.upload" ? "send a valid X-Collector-Key" : "sign in, or send an X-Collector-Key";
      throw problem(401, "NOT_SIGNED_IN", `nobody is signed in: ${how}`);
    }
    throw problem(403, "NOT_ALLOWED", `your role may not do this (${needs}); an admin can give you a role that may`);
  }
  if (caller.is === "collector" && siteId !== undefined && siteId !== caller.siteId) {
    throw problem(403, "KEY_OF_ANOTHER_SITE", `this collector key belongs to another site than ${siteId}`);
  }
}

/** Who did something, as it is noted. */
export const nameOf = (caller: Caller): string => (caller.is === "person" ? caller.username : caller.is);
