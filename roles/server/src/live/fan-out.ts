import { jsonOf, type Log, messageOf } from "@banksman/kit";
import { AlertLevel, LocalText } from "@banksman/wire/model";
import { Redis } from "ioredis";
import { z } from "zod";
import { ServerErrors } from "../errors.ts";
import type { AlertsEvent, CoolingEvent, Hub, LiveEvent } from "./hub.ts";

const CHANNEL = "banksman:live";
const ALERTS_CHANNEL = "banksman:live:alerts";
const COOLING_CHANNEL = "banksman:live:cooling";
const OLDEST_MAJOR = 7;

const LiveEventSchema = z.object({
  siteNo: z.int(),
  siteId: z.string(),
  minerIds: z.array(z.string()),
  collectedAt: z.number(),
});

const AlertsEventSchema = z.object({
  fired: z.array(z.object({ alert_id: z.int(), level: AlertLevel, title: LocalText, site_id: z.string().nullable() })),
});

const CoolingEventSchema = z.object({
  siteId: z.string(),
  changed: z.array(z.object({ host: z.string(), at: z.string() })),
});

export type FanOut = {
  publish: (event: LiveEvent) => void;
  publishAlerts: (event: AlertsEvent) => void;
  publishCooling: (event: CoolingEvent) => void;
  trouble: () => string | null;
  close: () => Promise<void>;
};

/** Without Redis: events reach the clients of this server. */
export const localFanOut = (hub: Hub): FanOut => ({
  publish: hub.publish,
  publishAlerts: hub.publishAlerts,
  publishCooling: hub.publishCooling,
  trouble: () => null,
  close: async () => undefined,
});

/**
 * With Redis: events reach the clients of every server that shares it. Throws SERVER_REDIS_TOO_OLD below Redis 7 and
 * SERVER_REDIS_UNREACHABLE; a Redis that goes away later costs live updates, not readings, and is said in /ready.
 */
export async function redisFanOut(url: string, hub: Hub, log: Log): Promise<FanOut> {
  const publisher = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1 });
  const subscriber = publisher.duplicate();
  let trouble: string | null = null;
  for (const client of [publisher, subscriber]) {
    client.on("error", (error: Error) => {
      trouble = messageOf(error);
    });
    client.on("ready", () => {
      trouble = null;
    });
  }
  const close = async () => {
    publisher.disconnect();
    subscriber.disconnect();
  };
  try {
    await publisher.connect();
    await checkVersion(publisher);
    await subscriber.connect();
    await subscriber.subscribe(CHANNEL, ALERTS_CHANNEL, COOLING_CHANNEL);
  } catch (error) {
    await close();
    if (error instanceof Error && error.name.startsWith("SERVER_")) throw error;
    throw ServerErrors.REDIS_UNREACHABLE(trouble ?? messageOf(error), { cause: error });
  }
  subscriber.on("message", (channel: string, text: string) => {
    const event = channel === CHANNEL ? parse(LiveEventSchema, text) : null;
    const alerts = channel === ALERTS_CHANNEL ? parse(AlertsEventSchema, text) : null;
    const cooling = channel === COOLING_CHANNEL ? parse(CoolingEventSchema, text) : null;
    if (event) hub.publish(event);
    else if (alerts) hub.publishAlerts(alerts);
    else if (cooling) hub.publishCooling(cooling);
    else log.warn({ channel }, "a message that is no live event was passed over");
  });
  const tell = (channel: string, event: object, alone: () => void) => {
    publisher.publish(channel, JSON.stringify(event)).catch((error: unknown) => {
      log.warn({ err: error }, "Redis is away; live updates reach this server's clients alone");
      alone();
    });
  };
  const publish = (event: LiveEvent) => tell(CHANNEL, event, () => hub.publish(event));
  const publishAlerts = (event: AlertsEvent) => tell(ALERTS_CHANNEL, event, () => hub.publishAlerts(event));
  const publishCooling = (event: CoolingEvent) => tell(COOLING_CHANNEL, event, () => hub.publishCooling(event));
  return {
    publish,
    publishAlerts,
    publishCooling,
    trouble: () => (trouble === null ? null : `Redis: ${trouble}`),
    close,
  };
}

/** Others may share this Redis: what can't be read is not ours. */
function parse<S extends z.ZodType>(schema: S, text: string): z.output<S> | null {
  return schema.safeParse(jsonOf(text)).data ?? null;
}

async function checkVersion(redis: Redis): Promise<void> {
  const info = await redis.info("server");
  const version = /redis_version:(\S+)/.exec(info)?.[1] ?? "of unknown version";
  if (!(Number(version.split(".")[0]) >= OLDEST_MAJOR)) throw ServerErrors.REDIS_TOO_OLD(version);
}
