import { randomUUID } from "node:crypto";
import { VideoProfile } from "@banksman/wire/model";
import { z } from "zod";
import type { Caller } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import type { Vault } from "../secrets.ts";

/** A token that nobody renews is over by then. */
const TOKEN_MS = 5 * 60_000;

const Via = z.union([
  z.object({ is: z.literal("session"), id: z.string() }),
  z.object({ is: z.literal("token"), id: z.number() }),
]);
/** What a token says: who may watch what, by which session. */
export const Viewing = z.object({
  view_id: z.uuid(),
  camera_id: z.uuid(),
  profile: VideoProfile,
  user_no: z.number(),
  via: Via,
});
export type Viewing = z.infer<typeof Viewing>;
const Sealed = Viewing.extend({ expires_ms: z.number() });

/** Tokens of streams: sealed as secrets are, so that every server of an installation opens them and nobody else. */
export const viewingTokens = (vault: Pick<Vault, "seal" | "open">, now: () => number) => {
  const issue = (viewing: Viewing): { token: string; expiresAt: Date } => {
    const expires_ms = now() + TOKEN_MS;
    const sealed: z.infer<typeof Sealed> = { ...viewing, expires_ms };
    return { token: vault.seal(JSON.stringify(sealed)).toString("base64url"), expiresAt: new Date(expires_ms) };
  };
  return {
    issue,
    begin: (caller: Extract<Caller, { is: "person" }>, cameraId: string, profile: VideoProfile) => {
      const { userNo, via } = caller;
      const by: Viewing["via"] = via.is === "session" ? { is: "session", id: via.id } : { is: "token", id: via.id };
      const viewing = { view_id: randomUUID(), camera_id: cameraId, profile, user_no: userNo, via: by };
      return { viewing, ...issue(viewing) };
    },
    /** What a token says; throws 401 where it is none of ours, over, or of another stream. */
    open: (token: string, cameraId: string, profile: string): Viewing => {
      const no = problem(401, "STREAM_TOKEN", "this token opens no such stream by now: ask to watch the camera again");
      let text: unknown;
      try {
        text = JSON.parse(vault.open(Buffer.from(token, "base64url")));
      } catch {
        throw no;
      }
      const said = Sealed.safeParse(text);
      if (!said.success || said.data.expires_ms < now()) throw no;
      if (said.data.camera_id !== cameraId || said.data.profile !== profile) throw no;
      return said.data;
    },
  };
};
export type ViewingTokens = ReturnType<typeof viewingTokens>;
