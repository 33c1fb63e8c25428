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
import { nameOf } from "../http/caller.ts";
import type { DryRuns } from "./dry-run.ts";
import type { RuleService } from "./service.ts";

export function ruleRoutes(api: Api, rules: RuleService, runs: DryRuns): void {
  api.on(ListRules, async () => ({ rules: await rules.listed() }));
  api.on(ListRuleFields, () => rules.fields());
  api.on(GetRule, ({ params }) => rules.find(params.rule_id));
  api.on(CreateRule, ({ body, caller }) => rules.create(body, nameOf(caller)));
  api.on(UpdateRule, ({ params, body, caller }) => rules.update(params.rule_id, body, nameOf(caller)));
  api.on(DeleteRule, ({ params }) => rules.remove(params.rule_id));
  api.on(CheckRule, async ({ body }) => {
    const { rule, problems, fields } = await rules.check(body);
    const ok = rule !== null && problems.length === 0;
    return { ok, problems, fields, ...(ok ? await runs.now(body) : { now: null, preview: null }) };
  });
  api.on(DryRunRule, ({ body }) => runs.run(body));
  api.on(GetSiteAlerting, ({ params }) => rules.siteAlerting(params.site_id));
  api.on(UpdateSiteAlerting, ({ params, body }) => rules.saveSiteAlerting(params.site_id, body.pool_hosts));
}
