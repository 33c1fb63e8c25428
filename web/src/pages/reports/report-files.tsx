import { GetReportFile, type Report } from "@banksman/wire/api";
import { Button } from "antd";
import { Icon } from "../../components/icons.tsx";
import { bytes } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";

const NAMES = { pdf: "PDF", xlsx: "Excel", csv: "CSV", parquet: "Parquet" } as const;

/** Where a file is. */
export const fileUrl = (reportId: string, format: string): string =>
  `/api${GetReportFile.path.replace(":report_id", reportId).replace(":format", format)}`;

/** A report's files, with their size and what they are proven by. */
export function ReportFiles({ report: { report_id, files, manifest_sha256 } }: { report: Report }) {
  const { t } = useLang();
  return (
    <section aria-label={t("reports.files")}>
      <h2 className="bm-minor">{t("reports.files")}</h2>
      <ul className="bm-report-files">
        {files.map(({ format, bytes: size }) => (
          <li key={format}>
            <Button icon={<Icon name="download" />} href={fileUrl(report_id, format)} download>
              {NAMES[format]}
            </Button>
            <span className="bm-secondary">{bytes(size)}</span>
          </li>
        ))}
      </ul>
      {manifest_sha256 ? (
        <p className="bm-secondary" title={t("reports.hash")}>
          <span className="bm-spoken">{t("reports.hash")}: </span>
          <code className="bm-code">{`${manifest_sha256.slice(0, 12)}…${manifest_sha256.slice(-6)}`}</code>
        </p>
      ) : null}
    </section>
  );
}
