import { randomUUID } from "node:crypto";
import type { Clock } from "@banksman/kit";
import type { ListReports, Permission, QueryOf, Report, ReportWish } from "@banksman/wire/api";
import { type ReportDocument, type ReportFormat, ReportKind } from "@banksman/wire/model";
import { type Caller, isWithin, nameOf, type Reach, reachOf } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import { REPORT_JOB } from "./build.ts";
import { allowedSites, checkScope, readableOf } from "./kinds/index.ts";
import { noSites } from "./no-sites.ts";
import { checkReckoned, periodOf } from "./period.ts";
import type { ReportStore, StoredReport } from "./store.ts";

/** Reports that one person may have waiting or being built at a time. */
const MOST_WAITING = 20;

export type Ask = (name: string, wish: { args: unknown; by: string }) => Promise<string | null>;
type Parts = { store: ReportStore; ask: Ask; clock: Clock };

export type ReportService = ReturnType<typeof reportService>;

const held =
  (caller: Caller) =>
  (needs: Permission): Reach =>
    reachOf(caller, needs);

/** Reports as people ask for them, read them and throw them away. */
export function reportService({ store, ask, clock }: Parts) {
  /** A report whose every site the caller reaches; one that they don't reads as one that does not exist. */
  const find = async (reportId: string, caller: Caller, needs: Permission = "report.read"): Promise<StoredReport> => {
    const report = await store.find(reportId);
    const reached = report && allowedSites(held(caller), report, needs);
    if (!report || reached === null || !report.sites.every((siteId) => isWithin(reached, siteId)))
      throw problem(404, "NO_SUCH_REPORT", "there is no such report");
    return report;
  };

  return {
    find,

    build: async (wish: ReportWish, caller: Caller): Promise<Report> => {
      const { kind, scope, language, compare } = wish;
      checkScope(kind, scope);
      const period = periodOf(wish, clock.now());
      checkReckoned(period, clock.now());
      const reached = allowedSites(held(caller), wish);
      const sites = await store.sitesIn(scope, reached);
      if (sites.length === 0) throw await noSites(store, { scope, reached, held: held(caller), who: "you" });
      const by = nameOf(caller);
      if ((await store.waiting(by)) >= MOST_WAITING)
        throw problem(
          429,
          "TOO_MANY_REPORTS",
          `${MOST_WAITING} reports of yours are being built; wait for one of them`,
        );
      const report_id = randomUUID();
      const site_ids = sites.map(({ site_id }) => site_id);
      await store.add({
        report_id,
        kind,
        scope,
        sites: site_ids,
        period,
        compare,
        language,
        asked_by: by,
        channels: [],
      });
      await ask(REPORT_JOB, { args: { report_id }, by });
      return find(report_id, caller);
    },

    list: (caller: Caller, { kind, ...page }: QueryOf<typeof ListReports>) => {
      const kinds = kind === undefined ? ReportKind.options : [kind];
      const readable = kinds.flatMap((one) => readableOf(held(caller), one));
      return store.list(readable, page);
    },

    document: (reportId: string): Promise<ReportDocument | null> => store.document(reportId),

    file: async (reportId: string, format: ReportFormat, caller: Caller) => {
      const report = await find(reportId, caller);
      const bytes = await store.file(reportId, format);
      if (!bytes) throw problem(404, "NO_SUCH_FILE", `this report has no ${format} file`);
      return { report, bytes };
    },

    remove: async (reportId: string, caller: Caller) => {
      const report = await find(reportId, caller, "report.manage");
      await store.remove(reportId);
      return report;
    },
  };
}
