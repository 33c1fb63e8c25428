import type { Alert, AlertCounts, Channel, OnCall, Silence } from "@banksman/wire/api";
import * as api from "@banksman/wire/api";
import { AlertLevel, type Rule } from "@banksman/wire/model";
import type { FakeReply, FakeRequest } from "./fake-routes.ts";
import type { FakeState } from "./fake-state.ts";

const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString();
const ok = (data: unknown): FakeReply => ({ status: 200, body: { success: true, data } });
const refused = (status: number, code: string, detail: string): FakeReply => ({
  status,
  body: { success: false, error: detail, type: "about:blank", title: code, status, code, detail },
});
const LEVELS = ["urgent", "severe", "warning", "warning", "info"] as const;
const both = (en: string, zh: string) => ({ zh, en });

/** An alert as the server tells it; the first is a site gone dark, which holds down the ones below. */
export function makeAlert(index: number, change: Partial<Alert> = {}): Alert {
  const level = LEVELS[index % LEVELS.length] ?? "info";
  const miner = `S21_${String(index).padStart(4, "0")}`;
  return {
    alert_id: index + 1,
    source: "rule",
    fingerprint: `f${index}`,
    rule_id: index === 0 ? "site-offline" : "miner-hot",
    rule: index === 0 ? both("Site offline", "站点离线") : both("Miner too hot", "矿机过热"),
    level,
    state: index === 3 ? "acknowledged" : "firing",
    title:
      index === 0
        ? both("North Ridge: 62 of 100 miners offline", "North Ridge：100 台中 62 台离线")
        : both(`${miner} is hot: 91 °C`, `${miner} 过热：91 °C`),
    text: both("Look at the switch first.", "先检查交换机。"),
    labels: {},
    target:
      index === 0 ? { kind: "site", site_id: "1", id: "1" } : { kind: "miner", site_id: "1", id: miner, rack: "R1" },
    values: index === 0 ? { offline_count: 62, total: 100 } : { temperature_max: 91 },
    no_data: false,
    flapping: index === 4,
    suppressed: index === 2 ? { by: "inhibition", ref: 1, reason: "Site offline", until: null } : null,
    since: ago(600 + index * 60),
    fired_at: ago(540 + index * 60),
    acknowledged_at: index === 3 ? ago(60) : null,
    acknowledged_by: index === 3 ? "li.wei" : null,
    comment: index === 3 ? "on my way" : null,
    resolved_at: null,
    notified_at: ago(530),
    ...change,
  };
}

const RULE: Rule = {
  rule_id: "miner-hot",
  origin: "pack",
  changed: false,
  name: both("Miner too hot", "矿机过热"),
  target: "miner",
  condition: "temperature_max > 90.0",
  for_s: 300,
  recovery: "temperature_max < 85.0",
  recover_for_s: 60,
  no_data: "keep",
  level: "severe",
  labels: {},
  schedule: null,
  sites: [],
  title: both("{miner_id} is hot: {temperature_max} °C", "{miner_id} 过热：{temperature_max} °C"),
  text: both("", ""),
  inhibits: null,
  channels: [],
  enabled: true,
  updated_at: null,
  updated_by: null,
};

/** Alerts, rules and ways to notify, as the fake server knows them. */
export class FakeAlerts {
  alerts: Alert[] = Array.from({ length: 5 }, (_, index) => makeAlert(index));
  rules: Rule[] = [RULE, { ...RULE, rule_id: "own-one", origin: "own", name: both("Own one", "自建"), enabled: false }];
  silences: Silence[] = [];
  channels: Channel[] = [
    {
      name: "ops",
      type: "webhook",
      origin: "file",
      settings: { url: "https://b.example" },
      secrets: ["secret"],
      levels: ["urgent", "severe"],
      language: "en",
      enabled: true,
      updated_at: null,
      updated_by: null,
      trouble: "the webhook did not answer within 10000 ms",
    },
  ];
  schedules: OnCall[] = [];
  escalations: api.Escalation[] = [];

  counts(): AlertCounts {
    const count = (states: string[]) =>
      Object.fromEntries(
        AlertLevel.options.map((level) => [
          level,
          this.alerts.filter((one) => one.level === level && states.includes(one.state) && !one.suppressed).length,
        ]),
      ) as Record<AlertLevel, number>;
    return {
      open: count(["firing", "acknowledged"]),
      unacknowledged: count(["firing"]),
      suppressed: this.alerts.filter(({ suppressed }) => suppressed !== null).length,
    };
  }
}

type Handler = (state: FakeState, params: Record<string, string>, request: FakeRequest) => FakeReply;

const list: Handler = ({ alerts }, _, { query }) => {
  const state = query.get("state") ?? "open";
  const states = state === "open" ? ["firing", "acknowledged"] : state.split(",");
  const levels = query.get("level")?.split(",");
  const q = query.get("q")?.toLowerCase();
  const rule = query.get("rule_id");
  const kind = query.get("kind");
  const found = alerts.alerts.filter(
    (one) =>
      states.includes(one.state) &&
      (!levels || levels.includes(one.level)) &&
      (!rule || one.rule_id === rule) &&
      (!kind || one.target?.kind === kind) &&
      (!q || JSON.stringify([one.title, one.target]).toLowerCase().includes(q)),
  );
  const sorted = found.toSorted((a, b) => AlertLevel.options.indexOf(a.level) - AlertLevel.options.indexOf(b.level));
  const [page, size] = [Number(query.get("page") ?? 1), Number(query.get("per_page") ?? 50)];
  return ok({ alerts: sorted.slice((page - 1) * size, page * size), total: found.length, counts: alerts.counts() });
};

const one: Handler = ({ alerts }, { alert_id }) => {
  const alert = alerts.alerts.find((each) => each.alert_id === Number(alert_id));
  if (!alert) return refused(404, "NO_SUCH_ALERT", "there is no such alert");
  const timeline = [
    { at: alert.since, kind: "pending", by: null, text: null },
    { at: alert.fired_at ?? alert.since, kind: "fired", by: null, text: "temperature_max 91" },
    { at: ago(530), kind: "notified", by: null, text: "ops" },
    ...(alert.acknowledged_by
      ? [{ at: ago(60), kind: "acknowledged", by: alert.acknowledged_by, text: alert.comment }]
      : []),
  ];
  const earlier = [{ alert_id: 900, since: ago(90_000), resolved_at: ago(80_000), level: alert.level }];
  return ok({ alert, timeline, inhibits: alert.alert_id === 1 ? 1 : 0, earlier });
};

const acknowledge: Handler = (state, _, { body }) => {
  const { alert_ids, comment } = api.AcknowledgeAlerts.body.parse(body);
  const { alerts } = state;
  alerts.alerts = alerts.alerts.map((alert) =>
    alert_ids.includes(alert.alert_id)
      ? { ...alert, state: "acknowledged", acknowledged_by: "admin", comment: comment ?? null }
      : alert,
  );
  return ok({ acknowledged: alert_ids, left: [] });
};

const check: Handler = (_, __, { body }) => {
  const condition = String((body as { condition?: string }).condition ?? "");
  const from = condition.indexOf("hashrat_ghs");
  const problem = {
    path: "condition",
    message: both("there is no field hashrat_ghs", "没有字段 hashrat_ghs"),
    from,
    to: from + "hashrat_ghs".length,
    nearest: "hashrate_ghs",
  };
  const preview = { target: makeAlert(1).target, title: RULE.title, text: RULE.text };
  const now = { holds: 2, unknown: 1, total: 60 };
  return ok({
    ok: from < 0,
    problems: from < 0 ? [] : [problem],
    fields: [],
    now: from < 0 ? now : null,
    preview: from < 0 ? preview : null,
  });
};

const FIELD = { type: "number" as const, unit: "GH/s" };
const fields = () =>
  ok({
    targets: [
      {
        target: "miner",
        fields: [
          { name: "hashrate_ghs", ...FIELD, about: both("Hashrate", "算力") },
          { name: "expected_hashrate_ghs", ...FIELD, about: both("Nameplate hashrate", "额定算力") },
          { name: "temperature_max", type: "number", unit: "°C", about: both("Highest temperature", "最高温度") },
        ],
      },
    ],
    functions: [{ name: "avg", example: 'avg(hashrate_ghs, "10m")', about: both("Mean of a window", "窗口均值") }],
  });

const saveRule: Handler = ({ alerts }, _, { body }) => {
  const rule: Rule = {
    ...RULE,
    ...api.CreateRule.body.parse(body),
    origin: "own",
    updated_at: ago(0),
    updated_by: "admin",
  };
  alerts.rules.push(rule);
  return ok(rule);
};

const changeRule: Handler = (state, { rule_id }, { body }) => {
  const { alerts } = state;
  const found = alerts.rules.find((rule) => rule.rule_id === rule_id);
  if (!found) return refused(404, "NO_SUCH_RULE", "there is no such rule");
  const changed: Rule = {
    ...found,
    ...(body as Partial<Rule>),
    changed: true,
    updated_at: ago(0),
    updated_by: "admin",
  };
  alerts.rules = alerts.rules.map((rule) => (rule.rule_id === rule_id ? changed : rule));
  return ok(changed);
};

const silence: Handler = ({ alerts }, _, { body }) => {
  const typed = api.CreateSilence.body.parse(body);
  const made: Silence = {
    silence_id: alerts.silences.length + 1,
    created_by: "admin",
    created_at: ago(0),
    starts_at: ago(0),
    state: "active",
    matches: 2,
    ...typed,
    ends_at: typed.ends_at,
  } as Silence;
  alerts.silences.push(made);
  return ok(made);
};

const KIND = {
  type: "webhook",
  title: "Webhook",
  settings: {
    type: "object",
    properties: { url: { type: "string", description: "Where it is posted" }, secret: { type: "string" } },
    required: ["url"],
  },
  secrets: ["secret"],
  max_length: 60_000,
  per_minute: 60,
};

const statistics = () => {
  const by_level = { urgent: 2, severe: 5, warning: 20, info: 3 };
  const day = (n: number) => new Date(Date.now() - n * 86_400_000).toISOString().slice(0, 10);
  return ok({
    fired: 30,
    by_level,
    by_rule: [
      { rule_id: "miner-hot", rule: RULE.name, fired: 25, open: 3, to_acknowledge_s: 160, to_resolve_s: 3_000 },
    ],
    by_site: [{ site_id: "1", fired: 30, open: 4 }],
    by_day: Array.from({ length: 7 }, (_, n) => ({ day: day(6 - n), by_level: { ...by_level, warning: n * 3 } })),
    to_acknowledge_s: { median: 160, p95: 900 },
    acknowledged: 12,
    flappers: [{ fingerprint: "f4", rule: RULE.name, target: makeAlert(4).target, fired: 9 }],
  });
};

/** What the server answers of alerts. */
export const alertHandlers: readonly [api.Route, Handler][] = [
  [api.GetAlertCounts, ({ alerts }) => ok(alerts.counts())],
  [api.ListAlerts, list],
  [api.AcknowledgeAlerts, acknowledge],
  [api.GetAlertStatistics, statistics],
  [api.ListRules, ({ alerts }) => ok({ rules: alerts.rules.map((rule) => ({ ...rule, open: 3 })) })],
  [api.ListRuleFields, fields],
  [api.CheckRule, check],
  [
    api.DryRunRule,
    () =>
      ok({
        from: ago(7 * 86_400),
        to: ago(0),
        resolution_seconds: 30,
        targets: 60,
        readings: 1_209_600,
        fired: 3,
        by_day: [{ day: ago(86_400).slice(0, 10), fired: 3 }],
        firings: [1, 2, 3].map((n) => ({
          target: makeAlert(n).target,
          since: ago(n * 86_400 + 300),
          fired_at: ago(n * 86_400),
          resolved_at: n === 1 ? null : ago(n * 86_400 - 3_600),
        })),
        not_kept: ["boards_dead"],
        cut_short: false,
      }),
  ],
  [api.CreateRule, saveRule],
  [
    api.GetRule,
    ({ alerts }, { rule_id }) => {
      const rule = alerts.rules.find((each) => each.rule_id === rule_id);
      return rule ? ok(rule) : refused(404, "NO_SUCH_RULE", "there is no such rule");
    },
  ],
  [api.UpdateRule, changeRule],
  [api.ListChannels, ({ alerts }) => ok({ channels: alerts.channels, kinds: [KIND] })],
  [
    api.CreateChannel,
    ({ alerts }, _, { body }) => {
      const { name, type, settings, enabled, ...chosen } = api.CreateChannel.body.parse(body);
      const { secret, ...open } = settings;
      const made: Channel = {
        name,
        type,
        origin: "page",
        settings: open,
        secrets: secret === undefined ? [] : ["secret"],
        levels: chosen.levels ?? ["urgent", "severe", "warning", "info"],
        language: chosen.language ?? "zh",
        enabled,
        updated_at: ago(0),
        updated_by: "admin",
        trouble: null,
      };
      alerts.channels.push(made);
      return ok(made);
    },
  ],
  [
    api.PreviewMessage,
    () =>
      ok({ zh: "North Ridge：12 台矿机离线", en: "North Ridge: 12 miners offline", max_length: 60_000, cut: false }),
  ],
  [api.TestChannel, () => refused(502, "NOTIFY_TIMED_OUT", "the webhook did not answer within 10000 ms")],
  [
    api.ListDeliveries,
    () =>
      ok({
        deliveries: [
          {
            delivery_id: 1,
            channel: "ops",
            state: "waiting",
            title: "North Ridge: 62 of 100 miners offline",
            text: "",
            level: "urgent",
            tries: 3,
            error: "the webhook did not answer within 10000 ms",
            created_at: ago(540),
            next_at: ago(-30),
            sent_at: null,
          },
        ],
        total: 1,
      }),
  ],
  [api.ListSilences, ({ alerts }) => ok({ silences: alerts.silences })],
  [api.CreateSilence, silence],
  [api.GetOnCall, ({ alerts }) => ok({ schedules: alerts.schedules, escalations: alerts.escalations })],
  [
    api.SaveOnCall,
    ({ alerts }, _, { body }) => {
      const made: OnCall = { ...api.SaveOnCall.body.parse(body), now: null, next: null };
      const first = made.people[0]?.name ?? null;
      alerts.schedules.push({ ...made, now: first });
      return ok({ ...made, now: first });
    },
  ],
  [api.GetAlert, one],
];
