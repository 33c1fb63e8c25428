import {
  CheckRule,
  CreateRule,
  DeleteRule,
  DryRunRule,
  GetRule,
  GetSiteAlerting,
  ListRuleFields,
  ListRules,
  UpdateRule,
  UpdateSiteAlerting,
} from "@banksman/wire/api";
import type { Api } from "../http/api.ts";
import { membersOf } from "../http/audit-call.ts";
import { nameOf } from "../http/caller.ts";
import type { DryRuns } from "./dry-run.ts";
import type { RuleService } from "./service.ts";

export function ruleRoutes(api: Api, rules: RuleService, runs: DryRuns): void {
  api.on(ListRules, async ({ sites }) => ({ rules: await rules.listed(sites) }));
  api.on(ListRuleFields, () => rules.fields());
  api.on(GetRule, ({ params }) => rules.find(params.rule_id));
  api.on(CreateRule, ({ body, caller, audit }) => {
    audit.note({ target: body.rule_id });
    return rules.create(body, nameOf(caller));
  });
  api.on(UpdateRule, async ({ params, body, caller, audit }) => {
    audit.note({ before: membersOf(body, await rules.find(params.rule_id)) });
    return rules.update(params.rule_id, body, nameOf(caller));
  });
  api.on(DeleteRule, async ({ params, audit }) => {
    audit.note({ before: await rules.find(params.rule_id) });
    return rules.remove(params.rule_id);
  });
  api.on(CheckRule, async ({ body, sites }) => {
    const { rule, problems, fields } = await rules.check(body);
    const ok = rule !== null && problems.length === 0;
    return { ok, problems, fields, ...(ok ? await runs.now(body, sites) : { now: null, preview: null }) };
  });
  api.on(DryRunRule, ({ body, sites }) => runs.run(body, sites));
  api.on(GetSiteAlerting, ({ params }) => rules.siteAlerting(params.site_id));
  api.on(UpdateSiteAlerting, async ({ params, body, audit }) => {
    audit.note({ before: membersOf(body, await rules.siteAlerting(params.site_id)) });
    return rules.saveSiteAlerting(params.site_id, body.pool_hosts);
  });
}
