import { messageOf } from "@banksman/kit";
import type { Egress, EgressReply } from "@banksman/kit/egress";
import { authorization, type Challenge, challengeIn } from "@banksman/kit/http-auth";
import type { CameraPlan } from "@banksman/wire/model";
import { checkAddress } from "./address.ts";
import type { PlaylistRole } from "./playlist.ts";
import { CameraFailure, failureOf } from "./trouble.ts";

/** What came from a camera; `url` is where it came from in the end, which addresses in it are relative to. */
export type CameraAnswer = { url: string; type: string; body: Buffer };

/** More than this is no playlist, key or part of a live stream. */
const MOST_BYTES: Record<PlaylistRole, number> = {
  playlist: 256 * 1024,
  key: 4 * 1024,
  part: 20 * 1024 * 1024,
};
const MOST_REDIRECTS = 3;
const HEAD_MS = 8_000;
/** A part of the usual length that takes longer is of no use to somebody who watches. */
const WHOLE_MS = 20_000;

/** The last challenge of each camera, so that digest costs one round trip and not two. */
const challenges = new Map<string, { challenge: Challenge; count: number }>();
const MOST_CHALLENGES = 2_000;

export type Wish = { role: PlaylistRole; byteRange?: string | null; signal?: AbortSignal };

/** Gets one thing of a camera, bounded in size and time; every redirect is checked as the first address was. */
export async function fetchCamera(
  egress: Egress,
  camera: CameraPlan,
  address: string,
  { role, byteRange, signal }: Wish,
): Promise<CameraAnswer> {
  const late = AbortSignal.timeout(WHOLE_MS);
  const until = signal ? AbortSignal.any([late, signal]) : late;
  let url = checkAddress(camera, address);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    const reply = await ask(egress, camera, url, byteRange ?? null, until);
    const location = reply.headers.get("location");
    if (reply.status >= 300 && reply.status < 400 && location !== null) {
      await giveUp(reply);
      url = checkAddress(camera, URL.parse(location, url)?.href ?? location);
      continue;
    }
    checkStatus(reply, url);
    const whole = await bodyOf(reply, MOST_BYTES[role]);
    // A camera that knows no ranges sends all of it.
    const body = byteRange && reply.status === 200 ? sliceOf(whole, byteRange) : whole;
    const type = reply.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
    if (role !== "playlist" && type === "text/html")
      throw new CameraFailure("not_video", "the camera answers with a page instead of video");
    return { url: url.href, type, body };
  }
  throw new CameraFailure("not_video", `the camera redirects more than ${MOST_REDIRECTS} times`);
}

/** What `first-last` is of a file. */
export function sliceOf(whole: Buffer, byteRange: string): Buffer {
  const [first = 0, last = 0] = byteRange.split("-").map(Number);
  return whole.subarray(first, last + 1);
}

/** An answer that is read as it comes: a stream of pictures that has no end. */
export async function openCamera(egress: Egress, camera: CameraPlan, signal: AbortSignal): Promise<EgressReply> {
  const url = checkAddress(camera, camera.url);
  const reply = await ask(egress, camera, url, null, signal);
  checkStatus(reply, url);
  return reply;
}

async function ask(egress: Egress, camera: CameraPlan, url: URL, byteRange: string | null, signal: AbortSignal) {
  const send = (): Promise<EgressReply> => {
    const headers = { ...signIn(camera, url), ...(byteRange === null ? {} : { range: `bytes=${byteRange}` }) };
    return within(HEAD_MS, egress.fetch(url.href, { headers, redirect: "manual", signal }));
  };
  try {
    const reply = await send();
    if (reply.status !== 401 || camera.username === null) return reply;
    const challenge = challengeIn(reply.headers.get("www-authenticate") ?? undefined);
    await giveUp(reply);
    if (challenge === null) return reply;
    if (challenges.size >= MOST_CHALLENGES) challenges.clear();
    challenges.set(camera.camera_id, { challenge, count: 0 });
    return await send();
  } catch (error) {
    throw failureOf(error);
  }
}

/** The camera's own host is told who asks, nobody else. */
function signIn(camera: CameraPlan, url: URL): Record<string, string> {
  const known = challenges.get(camera.camera_id);
  if (known === undefined || camera.username === null || url.host !== new URL(camera.url).host) return {};
  known.count += 1;
  const credentials = { username: camera.username, password: camera.password ?? "" };
  const signing = { method: "GET", uri: `${url.pathname}${url.search}`, count: known.count };
  return { authorization: authorization(known.challenge, credentials, signing) };
}

function checkStatus({ status }: EgressReply, url: URL): void {
  if (status === 200 || status === 206) return;
  if (status === 401 || status === 403)
    throw new CameraFailure("refused_sign_in", `the camera refuses the sign-in (${status})`);
  if (status === 404 || status === 410)
    throw new CameraFailure("not_found", `the camera has nothing at ${url.pathname} (${status})`);
  throw new CameraFailure("unreachable", `the camera answers ${status}`);
}

async function bodyOf(reply: EgressReply, mostBytes: number): Promise<Buffer> {
  const length = Number(reply.headers.get("content-length") ?? 0);
  const tooLarge = () => new CameraFailure("too_large", `the camera sends more than ${mostBytes} bytes at once`);
  if (length > mostBytes) {
    await giveUp(reply);
    throw tooLarge();
  }
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of reply.body ?? []) {
      size += part.byteLength;
      if (size > mostBytes) throw tooLarge();
      parts.push(part);
    }
  } catch (error) {
    throw failureOf(error);
  }
  return Buffer.concat(parts);
}

/** Ends an answer that nobody reads: its connection would stay open. */
async function giveUp({ body }: EgressReply): Promise<void> {
  const iterator = body?.[Symbol.asyncIterator]();
  await iterator?.return?.().catch((error: unknown) => {
    throw new CameraFailure("unreachable", messageOf(error));
  });
}

const tooSlow = (ms: number) => new CameraFailure("too_slow", `no answer within ${ms / 1_000} s`);

/** What is waited for no longer than `ms`; then a camera is `too_slow`, unless `failure` says what it is. */
export async function within<T>(ms: number, promise: Promise<T>, failure = () => tooSlow(ms)): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(failure()), ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
