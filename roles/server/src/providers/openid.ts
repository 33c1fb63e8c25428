import { type Egress, textUpTo } from "@banksman/kit/egress";
import * as openid from "openid-client";
import { problem } from "../http/problem.ts";

const TIMEOUT_S = 10;
/** Metadata, keys and tokens take some kilobytes; what is longer is cut off, and then is no JSON. */
const ANSWER_BYTES = 1_048_576;

export type Client = { issuer: string; client_id: string; client_secret: string | null; scopes: string };
export type Journey = { state: string; nonce: string; verifier: string; redirectUri: string };

/** The provider's own metadata, read over the guarded way out. */
async function discover(client: Client, egress: Egress): Promise<openid.Configuration> {
  const guarded: openid.CustomFetch = async (url, init) => {
    const reply = await egress.fetch(url, {
      method: init.method,
      headers: init.headers,
      redirect: "manual",
      ...(init.body === undefined || init.body === null ? {} : { body: String(init.body) }),
      ...(init.signal ? { signal: init.signal } : {}),
    });
    const type = reply.headers.get("content-type");
    return new Response(await textUpTo(reply, ANSWER_BYTES), {
      status: reply.status,
      headers: type === null ? {} : { "content-type": type },
    });
  };
  const method = client.client_secret === null ? openid.None() : openid.ClientSecretBasic(client.client_secret);
  return openid.discovery(new URL(client.issuer), client.client_id, client.client_secret ?? undefined, method, {
    [openid.customFetch]: guarded,
    timeout: TIMEOUT_S,
    // Only an inner network that egress.allow names can be reached without https: save() refuses others.
    ...(client.issuer.startsWith("http:") ? { execute: [openid.allowInsecureRequests] } : {}),
  });
}

const unreachable = (error: unknown) =>
  problem(
    502,
    "PROVIDER_UNREACHABLE",
    `the sign-in provider can't be asked: ${error instanceof Error ? error.message : ""}`,
  );

/** A journey to the provider: its secrets, and the address to lead the browser to (PKCE S256, state, nonce). */
export async function begin(client: Client, redirectUri: string, egress: Egress): Promise<Journey & { url: URL }> {
  const config = await discover(client, egress).catch((error: unknown) => {
    throw unreachable(error);
  });
  const [state, nonce, verifier] = [openid.randomState(), openid.randomNonce(), openid.randomPKCECodeVerifier()];
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: [...new Set(["openid", ...client.scopes.split(/\s+/).filter(Boolean)])].join(" "),
    state,
    nonce,
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  return { state, nonce, verifier, redirectUri, url };
}

/**
 * What the provider says of whoever came back: claims of the ID token, whose signature, issuer, audience, nonce and times
 * were checked, and of its user info. Throws 401.
 */
export async function finish(client: Client, journey: Journey, callback: URL, egress: Egress) {
  const config = await discover(client, egress).catch((error: unknown) => {
    throw unreachable(error);
  });
  try {
    const tokens = await openid.authorizationCodeGrant(config, callback, {
      pkceCodeVerifier: journey.verifier,
      expectedState: journey.state,
      expectedNonce: journey.nonce,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (!claims) throw new Error("no ID token");
    const hasUserInfo = config.serverMetadata().userinfo_endpoint !== undefined;
    const more = hasUserInfo ? await openid.fetchUserInfo(config, tokens.access_token, claims.sub) : {};
    return { ...more, ...claims, iss: claims.iss, sub: claims.sub };
  } catch (error) {
    const why = error instanceof Error ? error.message : "not valid";
    throw problem(401, "PROVIDER_REFUSED", `the sign-in provider's answer can't be taken: ${why}`);
  }
}
