import { Report, type ReportScope } from "@banksman/wire/api";
import { ReportDocument, type ReportFormat } from "@banksman/wire/model";
import { sql, type Transaction } from "kysely";
import type { Db } from "../db/connect.ts";
import type { Schema } from "../db/schema.ts";
import type { Sites } from "../http/caller.ts";
import type { ReportCustomer, ReportSite } from "./kind.ts";
import type { Readable } from "./kinds/index.ts";

/** No report takes this long. */
const GIVEN_UP_AFTER = "6 hours";

type Row = Omit<Report, "asked_at" | "built_at" | "progress"> & {
  sites: string[];
  compare: boolean;
  channels: string[];
  asked_at: Date;
  built_at: Date | null;
  progress: number | null;
};
export type StoredReport = Report & { sites: string[]; compare: boolean; channels: string[] };
export type NewReport = Pick<
  StoredReport,
  "report_id" | "kind" | "scope" | "sites" | "period" | "compare" | "language" | "asked_by" | "channels"
>;
export type BuiltFile = { format: ReportFormat; bytes: Buffer; sha256: string };

const COLUMNS = sql`r.report_id, r.kind, r.scope, r.sites, r.period, r.compare, r.channels, r.language, r.state, r.reason, r.coverage,
  r.asked_by, r.asked_at, r.built_at, r.manifest_sha256,
  (select progress::float8 from job_runs j where j.started_by is not null and j.args->>'report_id' = r.report_id::text
    order by started_at desc limit 1) as progress,
  coalesce((select json_agg(json_build_object('format', f.format, 'bytes', length(f.bytes), 'sha256', f.sha256) order by f.format)
    from report_files f where f.report_id = r.report_id), '[]') as files`;

const toReport = ({ sites, compare, channels, ...row }: Row): StoredReport => ({
  ...Report.parse({ ...row, asked_at: row.asked_at.toISOString(), built_at: row.built_at?.toISOString() ?? null }),
  sites,
  compare,
  channels,
});

/** All of a report's sites lie within these. */
const within = (sites: Sites) => (sites === "all" ? sql`true` : sql`r.sites <@ ${[...sites]}::text[]`);

export type ReportStore = ReturnType<typeof reportStore>;

/** The only SQL on reports that were asked for. */
export const reportStore = (db: Db) => ({
  /** Sites that a scope means, of those that are reached; a customer's are those where miners are or were theirs. */
  sitesIn: async ({ site_id, region, customer_id }: ReportScope, reached: Sites): Promise<ReportSite[]> => {
    const { rows } = await sql<ReportSite>`select site_no, site_id, name, time_zone from sites s
      where (${site_id}::text is null or site_id = ${site_id}) and (${region}::text is null or region = ${region})
      and (${customer_id}::text is null
        or exists (select from customer_miners a where a.site_no = s.site_no and a.customer_id = ${customer_id}))
      and ${reached === "all" ? sql`true` : sql`site_id = any(${[...reached]}::text[])`} order by name`.execute(db);
    return rows;
  },

  sitesOf: async (ids: readonly string[]): Promise<ReportSite[]> => {
    const { rows } = await sql<ReportSite>`select site_no, site_id, name, time_zone from sites
      where site_id = any(${[...ids]}::text[]) order by name`.execute(db);
    return rows;
  },

  customer: async ({ customer_id }: ReportScope): Promise<ReportCustomer | null> => {
    const { rows } = await sql<ReportCustomer>`
      select customer_id, name from customers where customer_id = ${customer_id}`.execute(db);
    return rows[0] ?? null;
  },

  add: async (report: NewReport): Promise<void> => {
    const { report_id, kind, scope, sites, period, compare, language, asked_by, channels } = report;
    await sql`insert into reports (report_id, kind, scope, sites, period, compare, language, asked_by, channels)
      values (${report_id}, ${kind}, ${JSON.stringify(scope)}, ${sites}, ${JSON.stringify(period)}, ${compare}, ${language},
        ${asked_by}, ${channels}) on conflict do nothing`.execute(db);
  },

  /** How many of a person's reports are not built yet. */
  waiting: async (by: string): Promise<number> => {
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from reports where asked_by = ${by} and state in ('waiting', 'building')`.execute(db);
    return rows[0]?.n ?? 0;
  },

  find: async (reportId: string): Promise<StoredReport | null> => {
    const { rows } = await sql<Row>`select ${COLUMNS} from reports r where report_id = ${reportId}`.execute(db);
    return rows[0] ? toReport(rows[0]) : null;
  },

  document: async (reportId: string): Promise<ReportDocument | null> => {
    const { rows } = await sql<{
      document: unknown;
    }>`select document from reports where report_id = ${reportId}`.execute(db);
    return rows[0]?.document == null ? null : ReportDocument.parse(rows[0].document);
  },

  file: async (reportId: string, format: ReportFormat): Promise<Buffer | null> => {
    const { rows } = await sql<{ bytes: Buffer }>`
      select bytes from report_files where report_id = ${reportId} and format = ${format}`.execute(db);
    return rows[0]?.bytes ?? null;
  },

  /** Reports whose every site is reached, of kinds that are, by their kinds' own reach; the newest first. */
  list: async (
    readable: readonly Readable[],
    { page, per_page }: { page: number; per_page: number },
  ): Promise<{ reports: StoredReport[]; total: number }> => {
    const fits = readable.map(
      ({ kind, customer_id, sites }) => sql`(r.kind = ${kind} and ${within(sites)}
        and (${customer_id}::text is null or r.scope->>'customer_id' = ${customer_id}))`,
    );
    const any = fits.length === 0 ? sql`false` : sql`(${sql.join(fits, sql` or `)})`;
    const { rows } = await sql<Row>`select ${COLUMNS} from reports r where ${any}
      order by asked_at desc limit ${per_page} offset ${(page - 1) * per_page}`.execute(db);
    const counted = await sql<{ n: number }>`select count(*)::int as n from reports r where ${any}`.execute(db);
    return { reports: rows.map(toReport), total: counted.rows[0]?.n ?? 0 };
  },

  building: async (reportId: string): Promise<void> => {
    await sql`update reports set state = 'building', reason = null where report_id = ${reportId}`.execute(db);
  },

  failed: async (reportId: string, reason: string): Promise<void> => {
    await sql`update reports set state = 'failed', reason = ${reason} where report_id = ${reportId}`.execute(db);
  },

  /** Keeps what was built; a second building of the same report takes its place. */
  keep: async (
    reportId: string,
    document: ReportDocument,
    files: readonly BuiltFile[],
    manifest: string,
    tell: (tx: Transaction<Schema>) => Promise<unknown>,
  ): Promise<void> => {
    await db.transaction().execute(async (tx) => {
      await sql`delete from report_files where report_id = ${reportId}`.execute(tx);
      for (const { format, bytes, sha256 } of files)
        await sql`insert into report_files values (${reportId}, ${format}, ${bytes}, ${sha256})`.execute(tx);
      await sql`update reports set state = 'kept', built_at = now(), reason = null, document = ${JSON.stringify(document)},
        coverage = ${document.coverage}, manifest_sha256 = ${manifest} where report_id = ${reportId}`.execute(tx);
      await tell(tx);
    });
  },

  remove: async (reportId: string): Promise<void> => {
    await sql`delete from reports where report_id = ${reportId}`.execute(db);
  },

  /**
   * Forgets reports that are older than they are kept, and says of those that nobody builds any more that it came to nothing:
   * a server that ended between noting one and asking for its job, or one that was tried in vain.
   */
  upkeep: async (days: number): Promise<{ forgotten: number; given_up: number }> => {
    const old = await sql`delete from reports where asked_at < now() - make_interval(days => ${days})`.execute(db);
    const lost =
      await sql`update reports set state = 'failed', reason = 'its server ended before it was built; build it again'
      where state in ('waiting', 'building') and asked_at < now() - ${sql.raw(`interval '${GIVEN_UP_AFTER}'`)}`.execute(
        db,
      );
    return { forgotten: Number(old.numAffectedRows ?? 0n), given_up: Number(lost.numAffectedRows ?? 0n) };
  },
});
