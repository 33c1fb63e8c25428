import type { SimCamera } from "./camera.ts";

export type SignIn = { username: string; password: string };

/** Whether a request's Basic authorization lets it in; one that doesn't is counted. */
export function mayEnter(camera: SimCamera, signIn: SignIn | undefined, authorization: string | undefined): boolean {
  const wanted = signIn && `Basic ${Buffer.from(`${signIn.username}:${signIn.password}`).toString("base64")}`;
  if (camera.fault !== "bad_sign_in" && (wanted === undefined || authorization === wanted)) return true;
  // Clients ask without a name first; only a name that is wrong is a refusal.
  if (authorization !== undefined) camera.counts.refused_sign_ins++;
  return false;
}
