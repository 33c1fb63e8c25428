import * as api from "@banksman/wire/api";
import type { ReportDocument, ReportKind } from "@banksman/wire/model";
import type { FakeReply, FakeRequest } from "./fake-routes.ts";
import type { FakeState } from "./fake-state.ts";

const ok = (data: unknown, status = 200): FakeReply => ({ status, body: { success: true, data } });
const idOf = (n: number) => `00000000-0000-4000-8004-${String(n).padStart(12, "0")}`;
const both = (en: string, zh: string) => ({ en, zh });
export const PERIOD = { span: "week" as const, from: "2026-11-16", to: "2026-11-23", time_zone: "Asia/Shanghai" };
const SITES = ["North Ridge", "Dry Creek", "Saddle Pass", "Harbour 3"];

const number = (key: string, name: ReturnType<typeof both>, unit: string, digits: number) => ({
  key,
  name,
  type: "number" as const,
  unit,
  digits,
  total: "sum" as const,
});
const text = (key: string, name: ReturnType<typeof both>) => ({
  key,
  name,
  type: "text" as const,
  unit: "",
  digits: 0,
  total: null,
});

/** A week of four sites, one of which was away for half a day. */
const DOCUMENT: ReportDocument = {
  kind: "operation",
  title: both("Operation", "运行报告"),
  scope: both("4 sites", "4 个站点"),
  period: PERIOD,
  compared: { from: "2026-11-09", to: "2026-11-16" },
  coverage: 0.974,
  figures: [
    {
      name: both("Availability", "可用率"),
      value: 98.61,
      unit: "%",
      digits: 2,
      before: 98.2,
      better: "more",
      note: null,
    },
    {
      name: both("Hashrate, mean", "平均算力"),
      value: 1259.5,
      unit: "PH/s",
      digits: 1,
      before: 1273,
      better: "more",
      note: null,
    },
    { name: both("MTBF", "平均故障间隔"), value: 268, unit: "h", digits: 0, before: 268, better: "more", note: null },
    { name: both("Lost", "损失"), value: 31.8, unit: "PH/s", digits: 1, before: null, better: "less", note: null },
    {
      name: both("Data coverage", "数据覆盖率"),
      value: 97.4,
      unit: "%",
      digits: 1,
      before: 99,
      better: "more",
      note: both("1 gap", "1 处缺口"),
    },
  ],
  sections: [
    {
      type: "chart",
      title: both("Hashrate against nameplate", "算力与额定算力"),
      unit: "PH/s",
      digits: 1,
      from: "2026-11-15T16:00:00.000Z",
      step_s: 3_600,
      lines: [
        {
          name: both("Hashrate", "算力"),
          values: Array.from({ length: 168 }, (_, n) => (n > 82 && n < 95 ? null : 1260 + 8 * Math.sin(n / 9))),
          is_plan: false,
        },
        {
          name: both("Nameplate", "额定"),
          values: Array.from({ length: 168 }, (_, n) => (n > 82 && n < 95 ? null : 1292)),
          is_plan: true,
        },
      ],
      note: both(
        "Where a site gave no data there is no sum; nothing is filled in.",
        "任一站点缺数据的时段不求和，也不补值。",
      ),
    },
    {
      type: "table",
      title: both("Sites", "站点"),
      columns: [
        text("site", both("Site", "站点")),
        number("hashrate", both("Hashrate", "算力"), "PH/s", 1),
        number("alerts", both("Alerts", "告警"), "", 0),
        { ...text("last", both("Last reading", "最近数据")), type: "time" as const },
      ],
      rows: SITES.map((name, n) => [name, n === 3 ? null : 470 - 100 * n, n, "2026-11-22T16:00:00.000Z"]),
      note: null,
    },
    {
      type: "bars",
      title: both("Where the hashrate was lost", "算力损失的去向"),
      unit: "PH/s",
      digits: 1,
      bars: [
        { name: both("Offline", "离线"), value: 11.6 },
        { name: both("Heat", "高温"), value: 6.7 },
        { name: both("Rejected by the pool", "矿池拒绝"), value: 0 },
      ],
      note: null,
    },
    {
      type: "table",
      title: both("Gaps in the data", "数据缺口"),
      columns: [text("site", both("Site", "站点")), number("minutes", both("Minutes", "分钟"), "", 0)],
      rows: Array.from({ length: 260 }, (_, n) => [SITES[n % 4] ?? "", 11 + n]),
      note: null,
    },
  ],
};

const makeReport = (n: number, change: Partial<api.Report> = {}): api.Report => ({
  report_id: idOf(n),
  kind: "operation",
  scope: { site_id: null, region: null, customer_id: null },
  period: PERIOD,
  language: "en",
  state: "kept",
  progress: 1,
  reason: null,
  coverage: 0.974,
  asked_by: "li.wei",
  asked_at: "2026-11-23T00:00:00.000Z",
  built_at: "2026-11-23T00:00:04.000Z",
  files: [
    { format: "pdf", bytes: 41_200, sha256: "a".repeat(64) },
    { format: "xlsx", bytes: 12_800, sha256: "b".repeat(64) },
    { format: "csv", bytes: 9_100, sha256: "c".repeat(64) },
    { format: "parquet", bytes: 4_100, sha256: "d".repeat(64) },
  ],
  manifest_sha256: "7c1e".repeat(16),
  ...change,
});

const REPORTS: api.Report[] = [
  makeReport(1),
  makeReport(2, {
    state: "failed",
    reason: "the database went away",
    files: [],
    built_at: null,
    manifest_sha256: null,
  }),
  ...(["energy", "alerts", "orders", "miners", "cooling"] as const).map((kind: ReportKind, n) =>
    makeReport(3 + n, { kind }),
  ),
];

const SCHEDULES = (["operation", "energy"] as const).map((kind, n) => ({
  ...{
    schedule_id: idOf(200 + n),
    kind,
    scope: { site_id: null, region: null, customer_id: null },
    compare: true,
    language: "zh",
  },
  ...{ span: n === 0 ? "week" : "month", time_zone: "Asia/Shanghai", hour: 6, channels: ["boss", "ops"] },
  ...{ owner: "admin", created_at: "2026-11-01T00:00:00.000Z", next_at: "2026-11-29T22:00:00.000Z" },
  ...{ enabled: true, trouble: n === 0 ? null : "no_sites" },
}));

type Handler = (state: FakeState, params: Record<string, string>, request: FakeRequest) => FakeReply;

/** Looks at a report that is being built: it is kept at the third. */
let looks = 0;

export const reportHandlers: [api.Route, Handler][] = [
  [
    api.BuildReport,
    (_state, _params, { body }) => {
      const { kind, span, from } = api.BuildReport.body.parse(body);
      if (from === "2030-01-01")
        return {
          status: 400,
          body: {
            success: false,
            error: "from",
            detail: "from: this period has not begun",
            code: "INVALID_INPUT",
            status: 400,
          },
        };
      looks = 0;
      const made = makeReport(99, { kind, period: { ...PERIOD, span }, state: "waiting", files: [], built_at: null });
      return ok(made, 202);
    },
  ],
  [
    api.ListReports,
    (_state, _params, { query }) => {
      const kind = query.get("kind");
      const found = REPORTS.filter((report) => !kind || report.kind === kind);
      return ok({ reports: found, total: found.length });
    },
  ],
  [
    api.GetReport,
    (_state, { report_id }) => {
      if (report_id === idOf(99) && ++looks < 3)
        return ok({
          ...makeReport(99, { state: "building", progress: 0.61, files: [], built_at: null }),
          document: null,
        });
      const found = REPORTS.find((report) => report.report_id === report_id) ?? makeReport(99);
      return ok({ ...found, document: found.state === "kept" ? DOCUMENT : null });
    },
  ],
  [api.DeleteReport, (_state, { report_id }) => ok({ report_id })],
  [api.ListReportSchedules, () => ok({ schedules: SCHEDULES })],
  [
    api.CreateReportSchedule,
    (_state, _params, { body }) =>
      ok({
        ...api.CreateReportSchedule.body.parse(body),
        ...{ schedule_id: idOf(210), owner: "admin", created_at: "2026-11-28T00:00:00.000Z" },
        ...{ next_at: "2026-11-29T22:00:00.000Z", trouble: null, enabled: true },
      }),
  ],
  [
    api.ChangeReportSchedule,
    (_state, { schedule_id }, { body }) => {
      const schedule = SCHEDULES.find((one) => one.schedule_id === schedule_id);
      return ok({ ...schedule, ...api.ChangeReportSchedule.body.parse(body) });
    },
  ],
  [api.DeleteReportSchedule, (_state, { schedule_id }) => ok({ schedule_id })],
];
