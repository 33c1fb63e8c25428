import {
  CreateAutomation,
  DeleteAutomation,
  ListAutomations,
  ListSignals,
  PostSignal,
  TryAutomation,
  UpdateAutomation,
} from "@banksman/wire/api";
import type { Api } from "../http/api.ts";
import { membersOf } from "../http/audit-call.ts";
import { authorise, isWithin, nameOf, type Sites } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import type { AutomationService } from "./service.ts";

export function automationRoutes(api: Api, automations: AutomationService): void {
  /** An automation that the caller reaches: one of another site reads as none. */
  const reached = async (sites: Sites, automationId: string) => {
    const automation = await automations.find(automationId);
    if (isWithin(sites, automation.site_id)) return automation;
    throw problem(404, "NO_SUCH_AUTOMATION", `there is no automation ${automationId}`, { path: "automation_id" });
  };
  api.on(ListAutomations, async ({ sites }) => ({
    automations: (await automations.list()).filter(({ site_id }) => isWithin(sites, site_id)),
  }));
  api.on(CreateAutomation, async ({ body, caller, audit }) => {
    authorise(caller, CreateAutomation.needs, body.site_id);
    audit.note({ target: body.automation_id });
    return automations.create(body, nameOf(caller));
  });
  api.on(UpdateAutomation, async ({ params, body, sites, caller, audit }) => {
    audit.note({ target: params.automation_id, before: membersOf(body, await reached(sites, params.automation_id)) });
    return automations.change(params.automation_id, body, nameOf(caller));
  });
  api.on(DeleteAutomation, async ({ params, sites, audit }) => {
    const { name, site_id, plan } = await reached(sites, params.automation_id);
    audit.note({ target: params.automation_id, before: { name, site_id, plan } });
    return automations.remove(params.automation_id);
  });
  api.on(TryAutomation, ({ body, caller }) => {
    authorise(caller, TryAutomation.needs, body.site_id);
    return automations.dryRun(body);
  });
  api.on(PostSignal, async ({ body, audit }) => {
    audit.note({ target: body.name });
    return automations.signal(body.name, body.value);
  });
  api.on(ListSignals, async () => ({ signals: await automations.signals() }));
}
