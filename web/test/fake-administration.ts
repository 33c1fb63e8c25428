import type { ListedAuditRow, Setting, Webhook } from "@banksman/wire/api";
import * as api from "@banksman/wire/api";
import type { z } from "zod";
import type { FakeReply, FakeRequest } from "./fake-routes.ts";
import type { FakeState } from "./fake-state.ts";

const ok = (data: unknown): FakeReply => ({ status: 200, body: { success: true, data } });
const hash = (n: number) => n.toString(16).padStart(64, "0");
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

const PEOPLE = ["admin", "mei", "night.shift"];

function rowOf(seq: number, total: number): ListedAuditRow {
  const refused = seq % 7 === 0;
  return {
    seq,
    at: ago((total - seq) * 3),
    actor: seq % 11 === 0 ? { kind: "nobody", name: null } : { kind: "person", name: PEOPLE[seq % 3] ?? "admin" },
    from: { address: `10.0.0.${seq % 250}`, session: "3f62eb39feb0", client: "Mozilla/5.0" },
    action: seq % 2 === 0 ? "sites.update" : "alerts.acknowledge",
    site: seq % 2 === 0 ? "1" : null,
    target: seq % 2 === 0 ? "1" : null,
    before: { name: "North Ridge", region: null },
    after: { name: `North Ridge ${seq}`, region: "Sichuan" },
    reason: seq % 5 === 0 ? "moved to the new hall" : null,
    result: refused ? "refused" : "done",
    code: refused ? "NOT_ALLOWED_HERE" : null,
    times: seq % 11 === 0 ? 14 : 1,
    prev: hash(seq - 1),
    hash: hash(seq),
  };
}

/** What the pages of administration are answered. */
export class FakeAdministration {
  rows: ListedAuditRow[] = Array.from({ length: 230 }, (_, n) => rowOf(230 - n, 230));
  trouble: string | null = null;
  settings: Setting[] = [
    settingOf("display.language", "browser", { type: "string", enum: ["browser", "zh", "en"] }),
    settingOf("display.time_zone", "UTC", { type: "string" }),
    settingOf("intervals.stale_sweeps", 3, { type: "integer", minimum: 2, maximum: 100 }),
    settingOf("retention.raw_days", null, { type: "number", minimum: 1 }),
    {
      ...settingOf("retention.hourly_days", 400, { type: "number", minimum: 1 }),
      source: "file",
      said_by: "banksman.yaml",
      is_editable: false,
    },
    settingOf("channel_defaults.levels", ["urgent", "severe"], {
      type: "array",
      items: { type: "string", enum: ["urgent", "severe", "warning", "info"] },
    }),
    { ...settingOf("port", 8080, { type: "integer" }), is_editable: false },
  ];
  webhooks: Webhook[] = [];
  display: api.DisplayDefaults = {
    language: "browser",
    time_zone: "UTC",
    temperature: "celsius",
    channel_levels: ["urgent", "severe"],
    channel_language: "zh",
  };
}

function settingOf(key: string, value: Setting["value"], schema: Record<string, unknown>): Setting {
  return {
    key,
    value,
    default: value,
    source: "default",
    said_by: null,
    is_editable: true,
    schema,
    description: "",
    updated_at: null,
    updated_by: null,
  };
}

function list(state: FakeState, _: Record<string, string>, { query }: FakeRequest): FakeReply {
  const asked = api.ListAudit.query.parse(Object.fromEntries(query));
  const found = state.administration.rows
    .filter((row) => asked.before_seq === undefined || row.seq < asked.before_seq)
    .filter((row) => asked.result === undefined || row.result === asked.result)
    .filter((row) => asked.actor === undefined || row.actor.name === asked.actor);
  return ok({ rows: found.slice(0, asked.limit), has_more: found.length > asked.limit });
}

function seal(state: FakeState): FakeReply {
  const { rows, trouble } = state.administration;
  const size = rows[2]?.seq ?? 0;
  const data: z.infer<typeof api.AuditSeal> = {
    rows: rows.length,
    head: size > 0 ? { size, root: hash(7), at: ago(4), key_id: "9f3c2a7b51de4480a1b2c3d4e5f60718" } : null,
    is_protected: true,
    trouble,
    anchors: [
      { anchor: "file /mnt/witness/heads.jsonl", size, anchored_at: ago(4), error: null },
      { anchor: "http witness.example/heads", size: 0, anchored_at: null, error: "it answered 503" },
    ],
  };
  return ok(data);
}

function saveSettings(state: FakeState, _: Record<string, string>, { body }: FakeRequest): FakeReply {
  const { changes } = api.UpdateSettings.body.parse(body);
  const own = state.administration;
  own.settings = own.settings.map((setting) => {
    const value = changes[setting.key];
    if (value === undefined) return setting;
    return value === null
      ? { ...setting, value: setting.default, source: "default" }
      : { ...setting, value, source: "page", updated_at: ago(0), updated_by: "admin" };
  });
  return ok({ settings: own.settings });
}

function createWebhook(state: FakeState, _: Record<string, string>, { body }: FakeRequest): FakeReply {
  const own = state.administration;
  const webhook: Webhook = {
    ...api.CreateWebhook.body.parse(body),
    webhook_id: own.webhooks.length + 1,
    created_at: ago(0),
    created_by: "admin",
    waiting: 0,
    last_sent_at: null,
    trouble: null,
  };
  own.webhooks = [...own.webhooks, webhook];
  return ok({ ...webhook, secret: "whsec_dGhpcyBpcyBhIHNlY3JldCBvZiAyNA==" });
}

type Handler = (state: FakeState, params: Record<string, string>, request: FakeRequest) => FakeReply;

export const administrationHandlers: [api.Route, Handler][] = [
  [api.ListAudit, list],
  [api.GetAuditSeal, seal],
  [api.GetAuditRow, (state, { seq }) => ok(state.administration.rows.find((row) => row.seq === Number(seq)))],
  [api.ListSettings, (state) => ok({ settings: state.administration.settings })],
  [api.UpdateSettings, saveSettings],
  [api.GetDisplayDefaults, (state) => ok(state.administration.display)],
  [api.ListWebhooks, (state) => ok({ webhooks: state.administration.webhooks })],
  [api.CreateWebhook, createWebhook],
  [api.TestWebhook, () => ok({ status: 204, error: null })],
  [api.ListWebhookDeliveries, () => ok({ deliveries: [], total: 0 })],
];
