import { createHash } from "node:crypto";
import { type Clock, messageOf } from "@banksman/kit";
import { canonicalJson, type LocalText, type ReportDocument } from "@banksman/wire/model";
import type { Transaction } from "kysely";
import { z } from "zod";
import type { Audit } from "../audit/recorder.ts";
import type { Db } from "../db/connect.ts";
import type { Schema } from "../db/schema.ts";
import type { Job, JobContext } from "../jobs/job.ts";
import { type Built, both, type Sources } from "./kind.ts";
import { KINDS } from "./kinds/index.ts";
import { before, spanOf } from "./period.ts";
import { render } from "./render/render.ts";
import type { BuiltFile, ReportStore, StoredReport } from "./store.ts";

export const REPORT_JOB = "reports";
const AT_ONCE = 2;
const Args = z.object({ report_id: z.uuid() });

const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");

/** Puts word of a report that was built on its way, as part of the transaction that keeps it. */
export type Tell = (report: StoredReport, document: ReportDocument, tx: Transaction<Schema>) => Promise<unknown>;
type Parts = {
  db: Db;
  market: Sources["market"];
  store: ReportStore;
  tell: Tell;
  audit: Pick<Audit, "record">;
  clock: Clock;
};

/** The job that builds a report that was asked for: what it says, its files, and their hashes in the audit trail. */
export const reportJob = (parts: Parts): Job => ({
  name: REPORT_JOB,
  cron: null,
  atOnce: AT_ONCE,
  run: async (context) => {
    const { report_id } = Args.parse(context.args);
    const report = await parts.store.find(report_id);
    // Thrown away while it waited.
    if (!report) return { report_id, files: 0 };
    try {
      return await buildReport(report, parts, context);
    } catch (error) {
      await parts.store.failed(report_id, messageOf(error));
      throw error;
    }
  },
});

async function buildReport(
  report: StoredReport,
  { db, market, store, tell, audit, clock }: Parts,
  { progress, signal }: JobContext,
) {
  const { report_id, kind, language } = report;
  await store.building(report_id);
  const of = { sites: await store.sitesOf(report.sites), customer: await store.customer(report.scope) };
  const document = await documentOf(report, { db, market, ...of }, clock.now(), progress);
  await progress(0.8, "files");
  const builtAt = new Date(clock.now()).toISOString();
  const rendered = await render({ document, language, builtAt }, signal);
  const files = rendered.map(
    ({ format, bytes }): BuiltFile => ({ format, bytes: Buffer.from(bytes), sha256: sha256(bytes) }),
  );
  const manifest = {
    report_id,
    kind,
    period: document.period,
    sites: report.sites,
    files: files.map(({ format, sha256: hash }) => ({ format, sha256: hash })),
  };
  const hash = sha256(canonicalJson(manifest));
  await store.keep(report_id, document, files, hash, (tx) => tell(report, document, tx));
  await audit.record({
    actor: { kind: "system", name: "reports" },
    action: "reports.built",
    target: report_id,
    after: { ...manifest, manifest_sha256: hash },
    result: "done",
  });
  return { report_id, files: files.length };
}

/** What a report says of its period, with its head's figures of the period before where that is compared. */
export async function documentOf(
  report: Pick<StoredReport, "kind" | "period" | "compare" | "scope" | "language">,
  sources: Pick<Sources, "db" | "market" | "sites" | "customer">,
  nowMs: number,
  progress: JobContext["progress"],
): Promise<ReportDocument> {
  const { kind, period, compare, language, scope } = report;
  // Without them it would tell of everybody's miners.
  if (scope.customer_id !== (sources.customer?.customer_id ?? null)) throw new Error("there is no such customer");
  const { title, build } = KINDS[kind];
  const share = compare ? 0.6 : 0.8;
  const now: Built = await build({
    ...sources,
    language,
    ...{ span: spanOf(period, nowMs), timeZone: period.time_zone },
    progress: (part) => progress(part * share),
  });
  const past = compare ? before(period) : null;
  const then = past
    ? await build({
        ...sources,
        language,
        ...{ span: spanOf(past, nowMs), timeZone: past.time_zone },
        progress: (part) => progress(share + part * (0.8 - share)),
      })
    : null;
  return {
    kind,
    title,
    scope: scopeOf(report, sources),
    period,
    compared: past && { from: past.from, to: past.to },
    coverage: now.coverage,
    figures: now.figures.map((figure, n) => ({ ...figure, before: then?.figures[n]?.value ?? null })),
    sections: now.sections,
  };
}

function scopeOf(
  report: Pick<StoredReport, "scope">,
  { sites, customer }: Pick<Sources, "sites" | "customer">,
): LocalText {
  const where = placesOf(report, sites);
  return customer === null
    ? where
    : both(`Customer ${customer.name}, ${where.en}`, `客户 ${customer.name}，${where.zh}`);
}

function placesOf({ scope }: Pick<StoredReport, "scope">, sites: Sources["sites"]): LocalText {
  const [only] = sites;
  if (sites.length === 1 && only) return both(only.name, only.name);
  const count = both(`${sites.length} sites`, `${sites.length} 个站点`);
  return scope.region === null
    ? count
    : both(`Region ${scope.region}, ${count.en}`, `区域 ${scope.region}，${count.zh}`);
}
