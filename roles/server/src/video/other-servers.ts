import { createHash, randomUUID } from "node:crypto";
import { jsonOf, type Log, messageOf } from "@banksman/kit";
import { CameraFailure, failureOf } from "@banksman/video";
import { VideoAsk } from "@banksman/wire/link";
import { CameraTrouble } from "@banksman/wire/model";
import { Redis } from "ioredis";
import { z } from "zod";
import type { Vault } from "../secrets.ts";
import type { OtherServers } from "./relay.ts";
import { MOST_OPEN, PATIENCE_MS, type Reply } from "./relay-line.ts";

const asksOf = (siteNo: number): string => `banksman:video:asks:${siteNo}`;
const answersOf = (server: string): string => `banksman:video:answers:${server}`;
const HEADER_BYTES = 4;
/** A Redis that takes longer only to pass a question on does not answer at all. */
const PASSED_ON_MS = 5_000;

const Asked = z.object({ from: z.uuid(), id: z.uuid(), at: z.number(), site_no: z.int(), ask: VideoAsk });
/** Who answers whom is sealed with it: one that was overheard can't be given to another question. */
const FOR = { to: z.uuid(), id: z.uuid(), by: z.uuid() };
const Answered = z.discriminatedUnion("is", [
  z.object({
    is: z.literal("answer"),
    ...FOR,
    url: z.string(),
    type: z.string(),
    taken_at_ms: z.number().nullable(),
    sha256: z.string(),
  }),
  z.object({ is: z.literal("failure"), ...FOR, trouble: CameraTrouble, detail: z.string() }),
]);

type Open = {
  resolve: (reply: Reply) => void;
  reject: (error: unknown) => void;
  timer: NodeJS.Timeout;
  /** How many servers heard it, null until Redis says so, and which of them have no edge of the site. */
  heard: number | null;
  without: Set<string>;
};
type Parts = { vault: Pick<Vault, "seal" | "open">; askHere: OtherServers["ask"]; log: Log };

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("base64");

/**
 * The servers that share a Redis ask each other for what an edge at one of them can read. Nothing of it is kept there. What is
 * asked holds cameras' passwords, and an answer is a picture that people trust: both are sealed with the servers' common key.
 */
export function otherServers(redisUrl: string, { vault, askHere, log }: Parts): OtherServers {
  const me = randomUUID();
  const options = { maxRetriesPerRequest: 1, enableOfflineQueue: false };
  const publisher = new Redis(redisUrl, { ...options, commandTimeout: PASSED_ON_MS });
  // What is subscribed to is told at each `ready`: an edge may have gone elsewhere meanwhile.
  const subscriber = new Redis(redisUrl, { ...options, autoResubscribe: false });
  const held = new Set<number>();
  const open = new Map<string, Open>();
  const away = new Set<Redis>();
  let isClockTold = false;

  for (const client of [publisher, subscriber])
    client
      .on("error", (error: Error) => {
        if (away.size === 0) log.warn({ err: error }, "Redis is away; cameras of edges at other servers can't be read");
        away.add(client);
      })
      .on("ready", () => away.delete(client));
  const follow = (...channels: string[]): void => {
    subscriber.subscribe(...channels).catch((error: unknown) => {
      // Once Redis is there, all of them are subscribed to.
      if (subscriber.status === "ready") log.warn({ err: error }, "other servers can't ask for this site's cameras");
    });
  };
  subscriber.on("ready", () => follow(answersOf(me), ...[...held].map(asksOf)));

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
    if (!asked.success || !isTimely(asked.data.at)) return;
    const { from: to, id, site_no, ask } = asked.data;
    const parties = { to, id, by: me };
    const reply = await askHere(site_no, ask).then(
      ({ url, type, takenAtMs, body }) =>
        Buffer.concat([
          sealed({ is: "answer", ...parties, url, type, taken_at_ms: takenAtMs, sha256: sha256(body) }),
          body,
        ]),
      (error: unknown) => {
        const { trouble, message: detail } = failureOf(error);
        return sealed({ is: "failure", ...parties, trouble, detail });
      },
    );
    await publisher.publish(answersOf(to), reply);
  };
  /** What is older is asked again by whoever still wants it. Nobody asks what is to come: one of two clocks is wrong. */
  const isTimely = (atMs: number): boolean => {
    const skew_ms = atMs - Date.now();
    if (Math.abs(skew_ms) <= PATIENCE_MS) return true;
    const seconds = `${Math.round(Math.abs(skew_ms) / 1_000)} s ${skew_ms > 0 ? "ahead" : "late"}`;
    if (!isClockTold)
      log.warn(
        { skew_ms },
        `another server asks for a camera ${seconds} by this one's clock, and gets no answer: set their clocks`,
      );
    isClockTold = true;
    return false;
  };
  const settle = (id: string): Open | undefined => {
    const one = open.get(id);
    open.delete(id);
    clearTimeout(one?.timer);
    return one;
  };
  /** An edge may have moved: that one server has none says nothing of the others. */
  const missed = (id: string, more: { heard: number } | { by: string }): void => {
    const one = open.get(id);
    if (one === undefined) return;
    if ("heard" in more) one.heard = more.heard;
    else one.without.add(more.by);
    if (one.heard !== null && one.without.size >= one.heard)
      settle(id)?.reject(new CameraFailure("no_edge", "no server has an edge of the site connected"));
  };
  const take = (message: Buffer): void => {
    const found = opened(message);
    const answered = Answered.safeParse(found?.head);
    if (!found || !answered.success) return;
    const { data } = answered;
    const { id, to, by } = data;
    if (to !== me) return;
    if (data.is === "failure" && data.trouble === "no_edge") missed(id, { by });
    else if (data.is === "failure") settle(id)?.reject(new CameraFailure(data.trouble, data.detail));
    else if (sha256(found.body) === data.sha256) {
      const { url, type, taken_at_ms: takenAtMs } = data;
      settle(id)?.resolve({ url, type, takenAtMs, body: found.body });
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
    ask: (siteNo, wish) => {
      if (open.size >= MOST_OPEN)
        return Promise.reject(new CameraFailure("at_limit", "other servers are asked for more than they can answer"));
      const id = randomUUID();
      // Its number is given by the edge's own connection.
      const ask = { ...wish, request: 1 } satisfies VideoAsk;
      const question = sealed({ from: me, id, at: Date.now(), site_no: siteNo, ask });
      return new Promise((resolve, reject) => {
        const late = () => settle(id)?.reject(new CameraFailure("too_slow", "another server did not answer in time"));
        open.set(id, { resolve, reject, timer: setTimeout(late, PATIENCE_MS), heard: null, without: new Set() });
        // The answer may be here before Redis says how many heard the question.
        publisher.publish(asksOf(siteNo), question).then(
          (heard) => missed(id, { heard }),
          (error: unknown) => {
            const why = `no edge of the site is connected here, and Redis is away: ${messageOf(error)}`;
            settle(id)?.reject(new CameraFailure("no_edge", why, error));
          },
        );
      });
    },
    close: () => {
      publisher.disconnect();
      subscriber.disconnect();
      for (const id of [...open.keys()]) settle(id)?.reject(new CameraFailure("no_edge", "the server stops"));
    },
  };
}
