import type { Market, MarketInput } from "@banksman/wire/api";
import { Button } from "antd";
import type { ReactNode } from "react";
import { Age } from "../../components/age.tsx";
import { Panel } from "../../components/panel.tsx";
import { SkeletonRows } from "../../components/states.tsx";
import { UnitValue } from "../../components/unit-value.tsx";
import { type Figure, number, percent } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { hashprice } from "./money.ts";

type Props = { market: Market | undefined; onEdit?: () => void };
type Row = { key: string; label: string; figure: Figure; exact: number | null; told: ReactNode };

/** What revenue is reckoned from, each with who told it and how long ago. */
export function InputsPanel({ market, onEdit }: Props) {
  const { t } = useLang();
  const edit = onEdit ? <Button onClick={onEdit}>{t("profit.edit")}</Button> : null;
  return (
    <Panel title={t("profit.inputs")} extra={edit}>
      {market === undefined ? <SkeletonRows rows={3} /> : <Facts market={market} />}
    </Panel>
  );
}

function Facts({ market }: { market: Market }) {
  const { t } = useLang();
  const { inputs } = market;
  const row = (key: string, label: string, { value, ...told }: MarketInput, figure: Figure): Row => ({
    key,
    label,
    figure,
    exact: value,
    told: value === null ? null : <Told {...told} />,
  });
  const price = inputs.btc_price;
  const rows: Row[] = [
    row("price", t("profit.btc_price"), price, { text: number(price.value, 0), unit: "USD" }),
    row("difficulty", t("profit.difficulty"), inputs.difficulty, {
      text: number(inputs.difficulty.value === null ? null : inputs.difficulty.value / 1e12, 2),
      unit: "T",
    }),
    row("subsidy", t("profit.subsidy_btc"), inputs.subsidy_btc, {
      text: number(inputs.subsidy_btc.value, 4),
      unit: "BTC",
    }),
    row("fees", t("profit.fees_btc"), inputs.fees_btc, { text: number(inputs.fees_btc.value, 4), unit: "BTC" }),
    row("own", t("profit.ownHashprice"), inputs.hashprice, hashprice(inputs.hashprice.value)),
    {
      key: "network",
      label: t("profit.network"),
      figure: { text: number(market.network_hashrate_ehs, 1), unit: "EH/s" },
      exact: market.network_hashrate_ehs,
      told: null,
    },
  ];
  return (
    <dl className="bm-facts bm-facts-wide">
      {rows.map(({ key, label, figure, exact, told }) => (
        <div key={key}>
          <dt>{label}</dt>
          <dd>
            <UnitValue figure={figure} exact={exact} missingReason={t("profit.needsInputs")} /> {told}
          </dd>
        </div>
      ))}
      <div>
        <dt>{t("profit.scheme")}</dt>
        <dd>
          {t(`profit.scheme_${market.scheme}`)} · {t("profit.fee")} {percent(market.pool_fee, 2)}
        </dd>
      </div>
    </dl>
  );
}

function Told({ origin, source, at }: Omit<MarketInput, "value">) {
  const { t } = useLang();
  const who =
    origin === "protocol"
      ? t("profit.protocol")
      : origin === "manual"
        ? t("profit.typedBy", { name: source ?? "" })
        : source;
  return (
    <small className="bm-muted">
      {who} {at === null ? null : <Age at={at} ago />}
    </small>
  );
}
