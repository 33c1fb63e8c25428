/** Every text of the other site holds this word, so that a single leak of it shows. */
export const SECRET = "zulu";
export const OTHER = `${SECRET}-site`;

type Known = {
  ids: { alert_id: number };
  given: { order_id: string; camera_id: string };
};

export const rule = {
  name: { zh: "x", en: "x" },
  target: "miner",
  condition: "hashrate_ghs > 0.0",
  title: { zh: "{miner_id}", en: "{miner_id}" },
  text: { zh: "", en: "" },
  level: "info",
};

export const curtailment = { kind: "curtailment", when: { is: "always" }, target_mw: 1 };

/** How each route that is not bound to the site of its path could be made to tell of, or touch, the other site. */
export const attempts = ({ ids, given }: Known): Record<string, { path?: string; body?: unknown }[]> => ({
  "GET /sites": [{}],
  "GET /automations": [{}],
  "POST /automations": [{ body: { automation_id: "intruder", name: "x", site_id: OTHER, plan: curtailment } }],
  "PATCH /automations/:automation_id": [{ body: { name: "intruder" } }],
  "DELETE /automations/:automation_id": [{}],
  "POST /automations/dry-run": [{ body: { site_id: OTHER, plan: curtailment } }],
  "GET /automations/signals": [{}],
  "GET /audit": [{}, { path: `?site_id=${OTHER}` }, { path: `?q=${SECRET}` }],
  "GET /audit/:seq": [{}],
  "GET /audit/:seq/proof": [{}],
  "GET /audit/csv": [{}, { path: `?site_id=${OTHER}` }],
  "GET /audit/seal": [{}],
  "GET /collector/status": [{ path: `?site_id=${OTHER}` }],
  "GET /alerts": [{}, { path: `?site_id=${OTHER}` }, { path: "?state=all" }],
  "GET /alerts/counts": [{}],
  "GET /alerts/:alert_id": [{}],
  "POST /alerts/ack": [{ body: { alert_ids: [ids.alert_id] } }],
  "POST /alerts/:alert_id/notes": [{ body: { text: "was here" } }],
  "GET /alerts/statistics": [{ path: "?days=90" }, { path: `?days=90&site_id=${OTHER}` }],
  "GET /alerts/deliveries": [{}, { path: `?alert_id=${ids.alert_id}` }],
  "POST /alerts/channels/preview": [{ body: { type: "email", title: { zh: "", en: "" }, text: { zh: "", en: "" } } }],
  "GET /alert-rules": [{}],
  "GET /alert-rules/:rule_id": [{}],
  "GET /alert-rules/fields": [{}],
  "POST /alert-rules/check": [{ body: rule }],
  "POST /alert-rules/dry-run": [{ body: { rule, days: 1 } }, { body: { rule, days: 1, site_id: OTHER } }],
  "GET /market": [{}],
  "GET /market/profitability": [{}, { path: `?site_id=${OTHER}` }],
  "GET /pool-accounts": [{}, { path: `?site_id=${OTHER}` }],
  "POST /pool-accounts": [{ body: { site_id: OTHER, pool: "ckpool", account: "intruder" } }],
  "DELETE /pool-accounts/:account_no": [{}],
  "POST /pool-accounts/:account_no/read": [{}],
  "GET /pool-accounts/:account_no": [{}],
  "GET /pool-accounts/:account_no/history": [{}],
  "GET /pool-stats/pools": [{}],
  "GET /pool-stats/history": [{ path: `?site_id=${OTHER}&pool=${SECRET}pool` }],
  "GET /cooling-units": [{}, { path: `?site_id=${OTHER}` }],
  "GET /cooling/overview": [{}, { path: `?site_id=${OTHER}` }],
  "GET /cooling/trend": [{}, { path: `?site_id=${OTHER}` }],
  "GET /alerts/silences": [{}, { path: "?state=all" }],
  "POST /alerts/silences": [
    { body: { matcher: { site_id: OTHER }, reason: "intruder", ends_at: "2099-01-01T00:00:00Z" } },
    { body: { matcher: { level: "urgent" }, reason: "intruder", ends_at: "2099-01-01T00:00:00Z" } },
  ],
  "DELETE /alerts/silences/:silence_id": [{}],
  "POST /commands": [
    { body: { target: { site_id: OTHER, filter: {} }, order: { order: "locate", on: true }, reason: "intruder" } },
    { body: { target: { site_id: OTHER, edge: true }, order: { order: "rescan" }, reason: "intruder" } },
  ],
  "POST /commands/preview": [
    { body: { target: { site_id: OTHER, filter: {} }, order: { order: "locate", on: true } } },
  ],
  "GET /commands": [{}, { path: `?site_id=${OTHER}` }, { path: `?order_id=${given.order_id}` }],
  "GET /commands/:command_id": [{}],
  "POST /commands/:command_id/cancel": [{}],
  "GET /orders": [{}, { path: `?site_id=${OTHER}` }, { path: "?show=approval" }],
  "GET /orders/:order_id": [{}],
  "POST /orders/:order_id/approve": [{ body: { payload_hash: "0" } }],
  "POST /orders/:order_id/reject": [{ body: { note: "intruder" } }],
  "POST /orders/:order_id/cancel": [{}],
  "POST /orders/:order_id/pause": [{}],
  "POST /orders/:order_id/resume": [{}],
  "GET /interlocks": [{}],
  "GET /reports": [{}],
  "POST /reports": [
    { body: { kind: "operation", span: "day" } },
    { body: { kind: "operation", span: "day", scope: { site_id: OTHER } } },
    { body: { kind: "miners", span: "day", scope: { region: `${SECRET} valley` } } },
    { body: { kind: "miners", span: "day", scope: { customer_id: SECRET } } },
  ],
  "GET /reports/:report_id": [{}],
  "GET /reports/:report_id/files/:format": [{}],
  "DELETE /reports/:report_id": [{}],
  "GET /report-schedules": [{}],
  "POST /report-schedules": [
    { body: { kind: "operation", span: "day" } },
    { body: { kind: "operation", span: "week", scope: { site_id: OTHER } } },
    { body: { kind: "energy", span: "week", scope: { customer_id: SECRET } } },
  ],
  "PATCH /report-schedules/:schedule_id": [{ body: { enabled: false } }, { body: { scope: { site_id: OTHER } } }],
  "DELETE /report-schedules/:schedule_id": [{}],
  "GET /cameras": [{}, { path: `?site_id=${OTHER}` }],
  "GET /video/views": [{}],
  "POST /video/views": [{ body: { name: "intruder", layout: "1", camera_ids: [given.camera_id] } }],
  "DELETE /video/views/:view_id": [{}],
  "GET /recordings/:recording_id/file": [{}],
  "POST /recordings/:recording_id/hold": [{ body: { held: true } }],
  "GET /alerts/:alert_id/clips": [{}],
});
