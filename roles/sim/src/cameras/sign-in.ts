import { createHash } from "node:crypto";
import type { SimCamera } from "./camera.ts";

export type SignIn = { username: string; password: string };

/** Whether a request's Basic authorization lets it in; one that doesn't is counted. */
export function mayEnter(camera: SimCamera, signIn: SignIn | undefined, authorization: string | undefined): boolean {
  const wanted = signIn && `Basic ${Buffer.from(`${signIn.username}:${signIn.password}`).toString("base64")}`;
  return isLetIn(camera, signIn, authorization, authorization === wanted);
}

const REALM = "camera";

/** What RTSP cameras ask with; of the older kind without `qop`, as those of the large makers do. */
export const digestChallenge = (nonce: string): string => `Digest realm="${REALM}", nonce="${nonce}", stale="FALSE"`;

/** The same by a request's Digest authorization. */
export function mayEnterByDigest(
  camera: SimCamera,
  signIn: SignIn | undefined,
  { method, authorization, nonce }: { method: string; authorization: string | undefined; nonce: string },
): boolean {
  const part = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(authorization ?? "")?.[1] ?? "";
  const md5 = (text: string) => createHash("md5").update(text).digest("hex");
  const secret = md5(`${signIn?.username}:${REALM}:${signIn?.password}`);
  const wanted = md5(`${secret}:${nonce}:${md5(`${method}:${part("uri")}`)}`);
  return isLetIn(camera, signIn, authorization, part("nonce") === nonce && part("response") === wanted);
}

function isLetIn(
  camera: SimCamera,
  signIn: SignIn | undefined,
  authorization: string | undefined,
  isRight: boolean,
): boolean {
  if (camera.fault !== "bad_sign_in" && (signIn === undefined || isRight)) return true;
  // Clients ask without a name first; only a name that is wrong is a refusal.
  if (authorization !== undefined) camera.counts.refused_sign_ins++;
  return false;
}
