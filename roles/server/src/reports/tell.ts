import type { MessageFile } from "@banksman/notify";
import type { ReportDocument } from "@banksman/wire/model";
import type { Outbox, Parcel } from "../channels/outbox.ts";
import type { Tell } from "./build.ts";
import { daysText, figureText } from "./render/format.ts";
import type { ReportStore, StoredReport } from "./store.ts";

/** Word of a report: its head's figures, and where to read the rest. Said once a channel, also where it is built again. */
export function parcelsOf(
  {
    report_id,
    channels,
    language,
    kind,
    period,
  }: Pick<StoredReport, "report_id" | "channels" | "language" | "kind" | "period">,
  { title, scope, figures }: Pick<ReportDocument, "title" | "scope" | "figures">,
  publicUrl: string | undefined,
): Parcel[] {
  const lines = figures.map(({ name, value, digits, unit }) =>
    `${name[language]}: ${figureText(value, digits)} ${unit}`.trimEnd(),
  );
  const message = {
    title: `${title[language]} ${daysText(period)}`,
    text: [scope[language], ...lines].join("\n"),
    level: "info" as const,
    key: `report ${kind}`,
    report_id,
    ...(publicUrl === undefined ? {} : { link: `${publicUrl.replace(/\/$/, "")}/reports?report=${report_id}` }),
  };
  return channels.map((channel) => ({ channel, message, dedup: `report ${report_id}`, alertIds: [] }));
}

/** Tells the channels of a report's schedule that it is built. */
export const tellOver =
  (outbox: Pick<Outbox, "put">, publicUrl: string | undefined): Tell =>
  (report, document, tx) =>
    outbox.put(tx, parcelsOf(report, document, publicUrl));

const MAILED = [
  { format: "pdf", type: "application/pdf" },
  { format: "xlsx", type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
] as const;

/** What of a report goes with a mail: what people open, as far as it fits; the rest is behind the link. */
export const mailedFiles =
  (store: Pick<ReportStore, "file" | "find">) =>
  async (reportId: string, mostBytes: number): Promise<MessageFile[]> => {
    const report = await store.find(reportId);
    if (!report) return [];
    const files: MessageFile[] = [];
    let room = mostBytes;
    for (const { format, type } of MAILED) {
      const bytes = await store.file(reportId, format);
      if (bytes === null || bytes.length > room) continue;
      room -= bytes.length;
      files.push({ name: `${report.kind}-${report.period.from}.${format}`, type, bytes });
    }
    return files;
  };
