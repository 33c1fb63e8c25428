import type { CoolingUnit } from "@banksman/wire/api";
import { isCoolingFigure } from "@banksman/wire/model";
import { Button, Table } from "antd";
import { Age } from "../../components/age.tsx";
import { ColumnCards } from "../../components/column-cards.tsx";
import { Panel } from "../../components/panel.tsx";
import { UnitValue } from "../../components/unit-value.tsx";
import { MISSING } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { CHARTED, coolingFigure, coolingName } from "./cooling-names.ts";

type Row = {
  name: string;
  value: number | boolean | null;
  quality: CoolingUnit["values"][string]["quality"];
  at: string;
};

/** Every value of a unit with its quality and age; figures can be drawn. */
export function UnitValues({ unit, onPick }: { unit: CoolingUnit; onPick: (name: string) => void }) {
  const { t, lang } = useLang();
  const isPhone = usePhone();
  const rows = Object.entries(unit.values).map(([name, value]): Row => ({ name, ...value }));
  const columns = [
    {
      key: "name",
      title: t("cooling.value"),
      render: (_: unknown, { name }: Row) =>
        CHARTED.includes(name) ? (
          <Button type="link" size="small" className="bm-link-cell" onClick={() => onPick(name)}>
            {coolingName(name, lang)}
          </Button>
        ) : (
          coolingName(name, lang)
        ),
    },
    {
      key: "value",
      title: t("cooling.now"),
      align: "right" as const,
      render: (_: unknown, { name, value }: Row) => {
        if (typeof value === "boolean") return <span>{t(value ? "cooling.isOn" : "cooling.isOff")}</span>;
        return isCoolingFigure(name) ? <UnitValue figure={coolingFigure(name, value)} exact={value} /> : MISSING;
      },
    },
    {
      key: "quality",
      title: t("cooling.ownQuality"),
      render: (_: unknown, { quality }: Row) => (
        <span className={quality === "good" ? "bm-secondary" : "bm-quality-doubt"}>
          {t(`cooling.quality.${quality}`)}
        </span>
      ),
    },
    {
      key: "at",
      title: t("cooling.age"),
      align: "right" as const,
      render: (_: unknown, { at }: Row) => <Age at={at} interval={unit.settings.interval_s} plain />,
    },
  ];
  return (
    <Panel
      title={t("cooling.values")}
      hint={unit.driver === null ? null : `${unit.driver} · ${unit.profile ?? ""}`}
      flush
    >
      {isPhone ? (
        <ColumnCards rows={rows} columns={columns} keyOf={({ name }) => name} label={t("cooling.values")} />
      ) : (
        <Table
          size="small"
          rowKey="name"
          dataSource={rows}
          columns={columns}
          pagination={rows.length > 40 ? { pageSize: 40, size: "small", showSizeChanger: false } : false}
        />
      )}
    </Panel>
  );
}
