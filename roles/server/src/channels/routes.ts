import {
  type Channel,
  CreateChannel,
  DeleteChannel,
  ListChannels,
  ListDeliveries,
  PreviewMessage,
  TestChannel,
  UpdateChannel,
} from "@banksman/wire/api";
import type { Api } from "../http/api.ts";
import { nameOf } from "../http/caller.ts";
import type { Outbox } from "./outbox.ts";
import type { ChannelService } from "./service.ts";

/** Settings that are no secrets, and the names of those that are: `settings` is hidden as a whole, since requests carry both. */
const forAudit = ({ type, settings, secrets, levels, language, enabled }: Channel) => ({
  type,
  set: settings,
  sealed: secrets,
  levels,
  language,
  enabled,
});

export function channelRoutes(api: Api, channels: ChannelService, outbox: Pick<Outbox, "list">): void {
  api.on(ListChannels, async () => ({ channels: await channels.list(), kinds: channels.kinds() }));
  api.on(CreateChannel, async ({ body, caller, audit }) => {
    audit.note({ target: body.name });
    const channel = await channels.create(body, nameOf(caller));
    audit.note({ after: forAudit(channel) });
    return channel;
  });
  api.on(UpdateChannel, async ({ params, body, caller, audit }) => {
    audit.note({ before: forAudit(await channels.described(params.name)) });
    const channel = await channels.update(params.name, body, nameOf(caller));
    audit.note({ after: forAudit(channel) });
    return channel;
  });
  api.on(DeleteChannel, async ({ params, audit }) => {
    audit.note({ before: forAudit(await channels.described(params.name)) });
    return channels.remove(params.name);
  });
  api.on(TestChannel, ({ params }) => channels.test(params.name));
  api.on(PreviewMessage, ({ body }) => channels.preview(body));
  api.on(ListDeliveries, ({ query, sites }) => outbox.list(query, sites));
}
