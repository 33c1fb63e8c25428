import { Button, Segmented, Tooltip } from "antd";
import { useLang } from "../../hooks/use-lang.ts";
import { Icon } from "../icons.tsx";
import { saveFile } from "../save-file.ts";
import { chartCsv } from "./chart-table.tsx";
import type { ChartPlot } from "./model.ts";

type Props = {
  /** The ranges that can be chosen, and the chosen one; null while a span is picked instead. */
  ranges: readonly number[];
  hours: number | null;
  onRange: (hours: number) => void;
  /** Takes back the picked span. */
  onReset: () => void;
  asTable: boolean;
  onTable: (asTable: boolean) => void;
  plots: readonly ChartPlot[];
  /** Of the download, without its ending. */
  fileName: string;
};

const DAY_HOURS = 24;

/** What stands in the head of a history: how far back, as chart or table, and as a file. */
export function ChartTools({ ranges, hours, onRange, onReset, asTable, onTable, plots, fileName }: Props) {
  const { t } = useLang();
  const options = ranges.map((value) => ({
    value,
    label: value <= 2 * DAY_HOURS ? t("miner.hours", { count: value }) : t("miner.days", { count: value / DAY_HOURS }),
  }));
  const other = asTable ? t("common.asChart") : t("common.asTable");
  return (
    <>
      {hours === null ? (
        <Button size="small" icon={<Icon name="fit" size={12} />} onClick={onReset}>
          {t("miner.resetZoom")}
        </Button>
      ) : null}
      <Segmented size="small" aria-label={t("miner.range")} options={options} value={hours ?? 0} onChange={onRange} />
      <Tooltip title={other}>
        <Button
          size="small"
          type="text"
          aria-label={other}
          icon={<Icon name="table" />}
          onClick={() => onTable(!asTable)}
        />
      </Tooltip>
      <Tooltip title={t("common.download")}>
        <Button
          size="small"
          type="text"
          aria-label={t("common.download")}
          icon={<Icon name="download" />}
          onClick={() => saveFile(`${fileName}.csv`, "text/csv", chartCsv(plots))}
        />
      </Tooltip>
    </>
  );
}
