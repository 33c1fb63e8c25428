import { type AlertFunction, checkRule, FIELDS, type Problem, pack } from "@banksman/rules";
import type { Alert, Alertable, ListRuleFields, ReplyOf } from "@banksman/wire/api";
import type { Rule, RuleFields } from "@banksman/wire/model";
import { TargetKind } from "@banksman/wire/model";
import { isWithin, type Sites } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import type { RuleStore } from "./store.ts";

type SiteFinder = { find: (siteId: string) => Promise<{ site_no: number }> };
type OpenAlerts = { open: () => Promise<Pick<Alert, "rule_id" | "target">[]> };
type ChannelNames = { all: () => Promise<{ name: string }[]> };

const KNOWN: ReplyOf<typeof ListRuleFields>["data"]["functions"][number] = {
  name: "known",
  example: "known(power_consumption)",
  about: { zh: "该字段是否有值", en: "Whether the field is told at all" },
};

export type RuleService = ReturnType<typeof ruleService>;

/** Rules: the pack as it ships, what was changed of it, and one's own. */
export const ruleService = (
  store: RuleStore,
  sites: SiteFinder,
  alerts: OpenAlerts,
  channels: ChannelNames,
  functions: readonly AlertFunction[],
) => {
  const all = async (): Promise<Rule[]> => {
    const stored = new Map((await store.all()).map((row) => [row.rule_id, row]));
    const shipped = pack.map(({ rule_id, fields }): Rule => {
      const own = stored.get(rule_id);
      stored.delete(rule_id);
      return { rule_id, origin: "pack", changed: own !== undefined, ...(own?.fields ?? fields), ...touched(own) };
    });
    const own = [...stored.values()].map(
      (row): Rule => ({ rule_id: row.rule_id, origin: "own", changed: false, ...row.fields, ...touched(row) }),
    );
    return [...shipped, ...own];
  };
  const find = async (ruleId: string): Promise<Rule> => {
    const rule = (await all()).find(({ rule_id }) => rule_id === ruleId);
    if (!rule) throw problem(404, "NO_SUCH_RULE", `there is no rule "${ruleId}"`, { path: "rule_id" });
    return rule;
  };
  const checked = async (raw: unknown): Promise<RuleFields> => {
    const { rule, problems } = checkRule(raw, functions);
    const [first] = [...problems, ...(rule ? await unknownNames(rule) : [])];
    if (first) throw problem(400, "RULE_INVALID", `${first.path}: ${first.message.en}`, { path: first.path });
    if (!rule) throw problem(400, "RULE_INVALID", "not a rule");
    return rule;
  };
  /** Channels and sites are known here alone. */
  const unknownNames = async (rule: RuleFields): Promise<Problem[]> => {
    const known = new Set((await channels.all()).map(({ name }) => name));
    return rule.channels
      .filter((name) => !known.has(name))
      .map((name) => ({
        path: "channels",
        message: { zh: `没有通知渠道 ${name}`, en: `there is no channel ${name}` },
        from: null,
        to: null,
        nearest: null,
      }));
  };
  const save = async (ruleId: string, fields: RuleFields, by: string): Promise<Rule> => {
    await store.save(ruleId, fields, by);
    return find(ruleId);
  };

  return {
    all,
    find,
    /** Another word whenever a rule or a site's list of pools is another one, at whatever server. */
    version: store.version,
    /** The pools that each site may use, of those that have a list. */
    poolHosts: async (): Promise<Map<string, string[]>> =>
      new Map((await store.poolHosts()).map(({ site_id, pool_hosts }) => [site_id, pool_hosts])),
    listed: async (sites: Sites): Promise<(Rule & { open: number })[]> => {
      const open = (await alerts.open()).filter(({ target }) => isWithin(sites, target?.site_id ?? null));
      return (await all()).map((rule) => ({
        ...rule,
        open: open.filter(({ rule_id }) => rule_id === rule.rule_id).length,
      }));
    },
    create: async (body: RuleFields & { rule_id: string }, by: string): Promise<Rule> => {
      const { rule_id, ...raw } = body;
      if ((await all()).some((rule) => rule.rule_id === rule_id))
        throw problem(409, "RULE_EXISTS", `there is a rule "${rule_id}" already`, { path: "rule_id" });
      return save(rule_id, await checked(raw), by);
    },
    update: async (ruleId: string, change: Record<string, unknown>, by: string): Promise<Rule> =>
      save(ruleId, await checked({ ...(await find(ruleId)), ...change }), by),
    remove: async (ruleId: string): Promise<null> => {
      await find(ruleId);
      await store.remove(ruleId);
      return null;
    },
    check: async (raw: unknown): Promise<{ rule: RuleFields | null; problems: Problem[]; fields: string[] }> => {
      const { rule, problems, fields } = checkRule(raw, functions);
      return { rule, problems: [...problems, ...(rule ? await unknownNames(rule) : [])], fields };
    },
    fields: (): ReplyOf<typeof ListRuleFields>["data"] => ({
      targets: TargetKind.options.map((target) => ({ target, fields: [...FIELDS[target]] })),
      functions: [KNOWN, ...functions.map(({ id, example, about }) => ({ name: id, example, about }))],
    }),
    siteAlerting: async (siteId: string): Promise<Alertable> => {
      const { site_no } = await sites.find(siteId);
      const found = (await store.poolHosts()).find((row) => row.site_no === site_no);
      return { site_id: siteId, pool_hosts: found?.pool_hosts ?? [] };
    },
    saveSiteAlerting: async (siteId: string, hosts: readonly string[]): Promise<Alertable> => {
      const { site_no } = await sites.find(siteId);
      await store.savePoolHosts(site_no, [...new Set(hosts)]);
      return { site_id: siteId, pool_hosts: [...new Set(hosts)] };
    },
  };
};

const touched = (row: { updated_at: Date; updated_by: string | null } | undefined) => ({
  updated_at: row?.updated_at.toISOString() ?? null,
  updated_by: row?.updated_by ?? null,
});
