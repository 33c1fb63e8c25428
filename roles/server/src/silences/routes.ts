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

export function silenceRoutes(api: Api, silences: SilenceService): void {
  api.on(ListSilences, async ({ query }) => ({ silences: await silences.list(query.state) }));
  api.on(CreateSilence, ({ body, caller }) => silences.create(body, nameOf(caller)));
  api.on(EndSilence, ({ params }) => silences.end(params.silence_id));
  api.on(GetOnCall, () => silences.onCall());
  api.on(SaveOnCall, ({ body }) => silences.saveOnCall(body));
  api.on(DeleteOnCall, ({ params }) => silences.removeOnCall(params.name));
  api.on(SaveEscalation, ({ body }) => silences.saveEscalation(body));
  api.on(DeleteEscalation, ({ params }) => silences.removeEscalation(params.name));
}
