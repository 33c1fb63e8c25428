import {
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

export function channelRoutes(api: Api, channels: ChannelService, outbox: Pick<Outbox, "list">): void {
  api.on(ListChannels, async () => ({ channels: await channels.list(), kinds: channels.kinds() }));
  api.on(CreateChannel, ({ body, caller }) => channels.create(body, nameOf(caller)));
  api.on(UpdateChannel, ({ params, body, caller }) => channels.update(params.name, body, nameOf(caller)));
  api.on(DeleteChannel, ({ params }) => channels.remove(params.name));
  api.on(TestChannel, ({ params }) => channels.test(params.name));
  api.on(PreviewMessage, ({ body }) => channels.preview(body));
  api.on(ListDeliveries, ({ query }) => outbox.list(query));
}
