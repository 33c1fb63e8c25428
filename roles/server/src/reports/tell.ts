import type { ReportDocument } from "@banksman/wire/model";
import type { Outbox, Parcel } from "../channels/outbox.ts";
import type { Tell } from "./build.ts";
import { figureText } from "./render/format.ts";
import type { StoredReport } from "./store.ts";

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
    title: `${title[language]} ${period.from} – ${period.to}`,
    text: [scope[language], ...lines].join("\n"),
    level: "info" as const,
    key: `report ${kind}`,
    ...(publicUrl === undefined ? {} : { link: `${publicUrl.replace(/\/$/, "")}/reports?report=${report_id}` }),
  };
  return channels.map((channel) => ({ channel, message, dedup: `report ${report_id}`, alertIds: [] }));
}

/** Tells the channels of a report's schedule that it is built. */
export const tellOver =
  (outbox: Pick<Outbox, "put">, publicUrl: string | undefined): Tell =>
  (report, document, tx) =>
    outbox.put(tx, parcelsOf(report, document, publicUrl));
