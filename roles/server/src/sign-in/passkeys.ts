import { isIP } from "node:net";
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { problem } from "../http/problem.ts";
import type { StoredPasskey } from "./second-factor-store.ts";

/** Loaded with the first passkey: its certificates' formats are a fifth of all that a server would load. */
const library = () => import("@simplewebauthn/server");

/** Where the browser is: passkeys belong to a name, and a page proves to be of it by its origin. */
export type Place = { origin: string; rpId: string };

/** Null where browsers refuse passkeys: at a bare address, and without https but for localhost. */
export function placeOf(origin: string): Place | null {
  const { protocol, hostname } = new URL(origin);
  const isPossible =
    isIP(hostname.replace(/^\[|\]$/g, "")) === 0 && (protocol === "https:" || hostname === "localhost");
  return isPossible ? { origin, rpId: hostname } : null;
}

const described = (passkeys: readonly StoredPasskey[]) =>
  passkeys.map(({ passkey_id, transports }) => ({ id: passkey_id, transports: transports as Transports }));
type Transports = NonNullable<RegistrationResponseJSON["response"]["transports"]>;

const refused = (cause: unknown) => {
  const why = cause instanceof Error ? cause.message : "not valid";
  return problem(401, "PASSKEY_REFUSED", `the passkey's answer can't be taken: ${why}`);
};

export const creationOptions = async (
  place: Place,
  user: { no: number; name: string },
  known: readonly StoredPasskey[],
) =>
  (await library()).generateRegistrationOptions({
    rpName: "Banksman",
    rpID: place.rpId,
    userName: user.name,
    userID: new TextEncoder().encode(String(user.no)),
    attestationType: "none",
    excludeCredentials: described(known),
    authenticatorSelection: { residentKey: "preferred", userVerification: "preferred" },
  });

export const requestOptions = async (place: Place, passkeys: readonly StoredPasskey[]) =>
  (await library()).generateAuthenticationOptions({
    rpID: place.rpId,
    allowCredentials: described(passkeys),
    userVerification: "preferred",
  });

/** What a new passkey is known by. Throws 401 for an answer to another challenge or from another page. */
export async function newPasskey(place: Place, challenge: string, answer: unknown) {
  const { verifyRegistrationResponse } = await library();
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    // The library checks every member itself.
    response: answer as RegistrationResponseJSON,
    expectedChallenge: challenge,
    expectedOrigin: place.origin,
    expectedRPID: place.rpId,
    requireUserVerification: false,
  }).catch((error: unknown) => {
    throw refused(error);
  });
  if (!verified) throw refused(null);
  const { id, publicKey, counter, transports = [] } = registrationInfo.credential;
  return { passkey_id: id, public_key: Buffer.from(publicKey), counter, transports: [...transports] };
}

/** The counter after a right answer. Throws 401. */
export async function checkPasskey(place: Place, challenge: string, answer: unknown, passkey: StoredPasskey) {
  const { passkey_id: id, public_key, counter, transports } = passkey;
  const { verifyAuthenticationResponse } = await library();
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response: answer as AuthenticationResponseJSON,
    expectedChallenge: challenge,
    expectedOrigin: place.origin,
    expectedRPID: place.rpId,
    requireUserVerification: false,
    credential: { id, publicKey: new Uint8Array(public_key), counter, transports: transports as Transports },
  }).catch((error: unknown) => {
    throw refused(error);
  });
  if (!verified) throw refused(null);
  return authenticationInfo.newCounter;
}
