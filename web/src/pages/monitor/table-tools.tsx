import { Button, Checkbox, Popover, Segmented, Select, Tooltip } from "antd";
import { Icon } from "../../components/icons.tsx";
import { TextFilter } from "../../components/table-filters.tsx";
import { temperatureSign } from "../../format/temperature-unit.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { COLUMN_KEYS, type ColumnKey } from "./columns.tsx";
import type { TableState } from "./table-state.ts";
import { FIXED_COLUMNS } from "./use-columns.ts";

type Props = {
  state: TableState;
  models: readonly string[];
  onChange: (change: Record<string, string | null>) => void;
  columns: readonly ColumnKey[];
  onColumns: (keys: ColumnKey[]) => void;
  onExport: () => void;
  moved: number;
  onResort: () => void;
  /** Phones show cards: no columns to choose. */
  cards: boolean;
};

/** Search, filters, columns and download above the table. */
export function TableTools(props: Props) {
  const { state, models, onChange, columns, onColumns, onExport, moved, onResort, cards } = props;
  const { t } = useLang();
  const options = [
    { value: "all", label: t("monitor.all") },
    { value: "online", label: t("monitor.online") },
    { value: "offline", label: t("monitor.offline") },
  ];
  return (
    <div className="bm-table-tools">
      <TextFilter label={t("monitor.search")} value={state.q} onChange={(q) => onChange({ q, page: null })} />
      <Segmented
        options={options}
        value={state.online}
        onChange={(online) => onChange({ online: online === "all" ? null : online, page: null })}
      />
      {models.length > 1 || state.model ? (
        <Select
          className="bm-model-filter"
          aria-label={t("column.model")}
          value={state.model}
          popupMatchSelectWidth={false}
          options={[
            { value: "", label: t("monitor.anyModel") },
            ...models.map((model) => ({ value: model, label: model })),
          ]}
          onChange={(model) => onChange({ model, page: null })}
        />
      ) : null}
      {cards ? <SortSelect state={state} onChange={onChange} /> : null}
      {state.rack ? (
        <Button
          icon={<Icon name="close" size={12} />}
          aria-label={t("monitor.clearFilter")}
          iconPlacement="end"
          onClick={() => onChange({ rack: null, page: null })}
        >
          {t("monitor.rack", { rack: state.rack })}
        </Button>
      ) : null}
      <span className="bm-grow" />
      {moved > 0 ? (
        <Button size="small" className="bm-moved" icon={<Icon name="sort" size={12} />} onClick={onResort}>
          {t("monitor.moved", { count: moved })}
        </Button>
      ) : null}
      {cards ? null : <ColumnChooser keys={columns} onChange={onColumns} />}
      <Tooltip title={t("monitor.export")}>
        <Button
          type="text"
          className="bm-icon-button"
          aria-label={t("monitor.export")}
          icon={<Icon name="download" />}
          onClick={onExport}
        />
      </Tooltip>
    </div>
  );
}

const CARD_SORTS = ["health", "hashrate_percent", "temperature_max", "miner_id"] as const;
const CARD_SORT_COLUMNS = {
  health: "health",
  hashrate_percent: "nameplate",
  temperature_max: "temperature",
  miner_id: "miner_id",
} as const;
/** What is worth seeing first: the worst, the lowest, the hottest. */
const CARD_ORDERS = { health: null, hashrate_percent: null, temperature_max: "desc", miner_id: null } as const;

/** Cards have no column heads to sort by. */
function SortSelect({ state, onChange }: Pick<Props, "state" | "onChange">) {
  const { t } = useLang();
  const options = CARD_SORTS.map((sort) => ({
    value: sort,
    label: t(`column.${CARD_SORT_COLUMNS[sort]}`, { temperature: temperatureSign() }),
  }));
  return (
    <Select
      aria-label={t("monitor.sortBy")}
      value={CARD_SORTS.find((sort) => sort === state.sort) ?? "health"}
      options={options}
      popupMatchSelectWidth={false}
      prefix={<Icon name="sort" size={14} />}
      onChange={(sort) => onChange({ sort, order: CARD_ORDERS[sort], page: null })}
    />
  );
}

function ColumnChooser({ keys, onChange }: { keys: readonly ColumnKey[]; onChange: (keys: ColumnKey[]) => void }) {
  const { t } = useLang();
  const options = COLUMN_KEYS.map((key) => ({
    value: key,
    label: t(`column.${key}`, { temperature: temperatureSign() }),
    disabled: FIXED_COLUMNS.includes(key),
  }));
  const content = (
    <Checkbox.Group
      className="bm-column-list"
      options={options}
      value={[...keys]}
      onChange={(next) => onChange(next)}
    />
  );
  return (
    <Popover trigger="click" placement="bottomRight" title={t("monitor.columns")} content={content}>
      <Button type="text" className="bm-icon-button" aria-label={t("monitor.columns")} icon={<Icon name="columns" />} />
    </Popover>
  );
}
