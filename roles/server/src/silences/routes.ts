import {
  CreateSilence,
  DeleteEscalation,
  DeleteOnCall,
  EndSilence,
  GetOnCall,
  ListSilences,
  SaveEscalation,
  SaveOnCall,
} from "@banksman/wire/api";
import type { Api } from "../http/api.ts";
import { nameOf } from "../http/caller.ts";
import type { SilenceService } from "./service.ts";

const named = (all: readonly { name: string }[], wanted: string) => all.find(({ name }) => name === wanted) ?? null;

export function silenceRoutes(api: Api, silences: SilenceService): void {
  api.on(ListSilences, async ({ query, sites }) => ({ silences: await silences.list(query.state, sites) }));
  api.on(CreateSilence, ({ body, caller, sites }) => silences.create(body, nameOf(caller), sites));
  api.on(EndSilence, async ({ params, sites, audit }) => {
    const { matcher, ends_at } = await silences.one(params.silence_id, sites);
    audit.note({ before: { matcher, ends_at } });
    return silences.end(params.silence_id, sites);
  });
  api.on(GetOnCall, () => silences.onCall());
  api.on(SaveOnCall, async ({ body, audit }) => {
    audit.note({ target: body.name, before: named((await silences.calls()).orders, body.name) });
    return silences.saveOnCall(body);
  });
  api.on(DeleteOnCall, async ({ params, audit }) => {
    audit.note({ before: named((await silences.calls()).orders, params.name) });
    return silences.removeOnCall(params.name);
  });
  api.on(SaveEscalation, async ({ body, audit }) => {
    audit.note({ target: body.name, before: named((await silences.calls()).escalations, body.name) });
    return silences.saveEscalation(body);
  });
  api.on(DeleteEscalation, async ({ params, audit }) => {
    audit.note({ before: named((await silences.calls()).escalations, params.name) });
    return silences.removeEscalation(params.name);
  });
}
