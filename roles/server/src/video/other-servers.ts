import { createHash, randomUUID } from "node:crypto";
import { jsonOf, type Log, messageOf } from "@banksman/kit";
import { CameraFailure, failureOf } from "@banksman/video";
import { VideoAsk } from "@banksman/wire/link";
import { CameraTrouble } from "@banksman/wire/model";
import { Redis } from "ioredis";
import { z } from "zod";
import type { Vault } from "../secrets.ts";
import type { OtherServers } from "./relay.ts";
import { PATIENCE_MS, type Reply } from "./relay-line.ts";

const asksOf = (siteNo: number): string => `banksman:video:asks:${siteNo}`;
const answersOf = (server: string): string => `banksman:video:answers:${server}`;
const HEADER_BYTES = 4;

const Asked = z.object({ from: z.uuid(), at: z.number(), site_no: z.int(), ask: VideoAsk });
const Answered = z.discriminatedUnion("is", [
  z.object({
    is: z.literal("answer"),
    request: z.int(),
    url: z.string(),
    type: z.string(),
    taken_at_ms: z.number().nullable(),
    sha256: z.string(),
  }),
  z.object({ is: z.literal("failure"), request: z.int(), trouble: CameraTrouble, detail: z.string() }),
]);

type Open = { resolve: (reply: Reply) => void; reject: (error: unknown) => void; timer: NodeJS.Timeout };
type Parts = { vault: Pick<Vault, "seal" | "open">; askHere: OtherServers["ask"]; log: Log };

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("base64");

/**
 * The servers that share a Redis ask each other for what an edge at one of them can read. Nothing of it is kept there. What is
 * asked holds cameras' passwords, and an answer is a picture that people trust: both are sealed with the servers' common key.
 */
export function otherServers(redisUrl: string, { vault, askHere, log }: Parts): OtherServers {
  const me = randomUUID();
  const options = { maxRetriesPerRequest: 1, enableOfflineQueue: false };
  const [publisher, subscriber] = [new Redis(redisUrl, options), new Redis(redisUrl, options)];
  const held = new Set<number>();
  const open = new Map<number, Open>();
  let requests = 0;
  let isAway = false;

  for (const client of [publisher, subscriber])
    client.on("error", (error: Error) => {
      if (!isAway) log.warn({ err: error }, "Redis is away; cameras of edges at other servers can't be read");
      isAway = true;
    });
  const follow = (...channels: string[]): void => {
    subscriber.subscribe(...channels).catch((error: unknown) => {
      // Once Redis is there, all of them are subscribed to.
      if (subscriber.status === "ready") log.warn({ err: error }, "other servers can't ask for this site's cameras");
    });
  };
  subscriber.on("ready", () => {
    isAway = false;
    follow(answersOf(me), ...[...held].map(asksOf));
  });

  const sealed = (head: object): Buffer => {
    const bytes = vault.seal(JSON.stringify(head));
    const length = Buffer.alloc(HEADER_BYTES);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  /** Others may share this Redis: what isn't sealed by a server's key is not ours, and is passed over. */
  const opened = (message: Buffer): { head: unknown; body: Buffer } | null => {
    if (message.length < HEADER_BYTES) return null;
    const end = HEADER_BYTES + message.readUInt32BE(0);
    try {
      return { head: jsonOf(vault.open(message.subarray(HEADER_BYTES, end))), body: message.subarray(end) };
    } catch {
      return null;
    }
  };

  const answer = async (message: Buffer): Promise<void> => {
    const asked = Asked.safeParse(opened(message)?.head);
    if (!asked.success || Math.abs(Date.now() - asked.data.at) > PATIENCE_MS) return;
    const { from, site_no, ask } = asked.data;
    const { request } = ask;
    const reply = await askHere(site_no, ask).then(
      ({ url, type, takenAtMs, body }) =>
        Buffer.concat([
          sealed({ is: "answer", request, url, type, taken_at_ms: takenAtMs, sha256: sha256(body) }),
          body,
        ]),
      (error: unknown) => {
        const { trouble, message: detail } = failureOf(error);
        return sealed({ is: "failure", request, trouble, detail });
      },
    );
    await publisher.publish(answersOf(from), reply);
  };
  const settle = (request: number): Open | undefined => {
    const one = open.get(request);
    open.delete(request);
    clearTimeout(one?.timer);
    return one;
  };
  const take = (message: Buffer): void => {
    const found = opened(message);
    const answered = Answered.safeParse(found?.head);
    if (!found || !answered.success) return;
    const { data } = answered;
    if (data.is === "failure") settle(data.request)?.reject(new CameraFailure(data.trouble, data.detail));
    else if (sha256(found.body) === data.sha256) {
      const { url, type, taken_at_ms: takenAtMs } = data;
      settle(data.request)?.resolve({ url, type, takenAtMs, body: found.body });
    }
  };
  subscriber.on("messageBuffer", (channel: Buffer, message: Buffer) => {
    if (channel.toString() === answersOf(me)) return take(message);
    answer(message).catch((error: unknown) => log.warn({ err: error }, "another server got no answer of a camera"));
  });

  return {
    holds: (siteNo, isHere) => {
      if (isHere) held.add(siteNo);
      else held.delete(siteNo);
      if (isHere) follow(asksOf(siteNo));
      // A Redis that is away has forgotten it anyway.
      else subscriber.unsubscribe(asksOf(siteNo)).catch(() => undefined);
    },
    ask: async (siteNo, wish) => {
      requests += 1;
      const request = requests;
      const waiting = Promise.withResolvers<Reply>();
      const late = () =>
        settle(request)?.reject(new CameraFailure("too_slow", "another server did not answer in time"));
      open.set(request, { ...waiting, timer: setTimeout(late, PATIENCE_MS) });
      const ask = { ...wish, request } satisfies VideoAsk;
      try {
        const heard = await publisher.publish(
          asksOf(siteNo),
          sealed({ from: me, at: Date.now(), site_no: siteNo, ask }),
        );
        if (heard === 0) throw new CameraFailure("no_edge", "no server has an edge of the site connected");
      } catch (error) {
        const away = `no edge of the site is connected here, and Redis is away: ${messageOf(error)}`;
        const failure = error instanceof CameraFailure ? error : new CameraFailure("no_edge", away, error);
        settle(request)?.reject(failure);
      }
      return await waiting.promise;
    },
    close: () => {
      publisher.disconnect();
      subscriber.disconnect();
      for (const request of [...open.keys()]) settle(request)?.reject(new CameraFailure("no_edge", "the server stops"));
    },
  };
}
