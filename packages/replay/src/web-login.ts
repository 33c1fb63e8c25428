import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import type { HttpAnswer, HttpCall } from "./http.ts";

export const WebLogin = z.object({ realm: z.string(), username: z.string(), password: z.string() });
export type WebLogin = z.infer<typeof WebLogin>;

const md5 = (text: string) => createHash("md5").update(text).digest("hex");

/**
 * The digest authentication of a miner's web server, with one nonce for as long as it runs: gives the refusal for a call
 * that doesn't say who asks, null for one that does.
 */
export function digestGuard({ realm, username, password }: WebLogin): (call: HttpCall) => HttpAnswer | null {
  const nonce = randomBytes(12).toString("hex");
  return (call) => {
    const said = new Map(
      [...(call.headers.authorization ?? "").matchAll(/(\w+)="?([^",]+)"?/g)].map(([, key, value]) => [key, value]),
    );
    const secret = md5(`${username}:${realm}:${password}`);
    const middle = `${nonce}:${said.get("nc")}:${said.get("cnonce")}:auth`;
    const proof = md5(`${secret}:${middle}:${md5(`${call.method}:${said.get("uri")}`)}`);
    if (said.get("nonce") === nonce && said.get("username") === username && said.get("response") === proof) return null;
    const challenge = `Digest realm="${realm}", nonce="${nonce}", qop="auth"`;
    return {
      status: 401,
      headers: { "www-authenticate": challenge, "content-type": "text/html" },
      body: "Unauthorized",
    };
  };
}
