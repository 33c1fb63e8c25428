import { GetMarket, GetMinerProfits, GetProfitability, type Market, PayoutScheme, SetMarket } from "@banksman/wire/api";
import { App, Form, InputNumber, Select } from "antd";
import { useChange } from "../../api/query.ts";
import { FormEnd } from "../../components/form-end.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { useLang } from "../../hooks/use-lang.ts";

type Props = { market: Market; open: boolean; onClose: () => void };

/** Types inputs in by hand; an empty field takes what collectors tell. */
export function InputsForm({ market, open, onClose }: Props) {
  const { t } = useLang();
  return (
    <SideDrawer open={open} title={t("profit.edit")} onClose={onClose}>
      <Fields market={market} onDone={onClose} />
    </SideDrawer>
  );
}

const NAMES = ["btc_price", "difficulty", "subsidy_btc", "fees_btc", "hashprice"] as const;
const UNITS = { btc_price: "USD", difficulty: "", subsidy_btc: "BTC", fees_btc: "BTC", hashprice: "USD/PH/d" };
type Typed = Partial<Record<(typeof NAMES)[number], number | null>> & { scheme: PayoutScheme; fee_percent: number };

function Fields({ market, onDone }: { market: Market; onDone: () => void }) {
  const { t } = useLang();
  const { message } = App.useApp();
  const save = useChange(SetMarket, [GetMarket, GetProfitability, GetMinerProfits]);
  // Only what a person typed stands in the form: a collector's value is not to be frozen by saving another.
  const typedIn = (name: (typeof NAMES)[number]) =>
    market.inputs[name].origin === "manual" ? market.inputs[name].value : null;
  const initial = Object.fromEntries(NAMES.map((name) => [name, typedIn(name)]));
  const submit = async ({ scheme, fee_percent, ...typed }: Typed) => {
    const values = Object.fromEntries(NAMES.map((name) => [name, typed[name] ?? null]));
    const saved = await save
      .mutateAsync({ body: { ...values, scheme, pool_fee: fee_percent / 100 } })
      .catch(() => null);
    if (!saved) return;
    void message.success(t("profit.saved"));
    onDone();
  };
  const label = (name: (typeof NAMES)[number]) =>
    name === "hashprice" ? t("profit.ownHashprice") : t(`profit.${name}`);
  return (
    <Form<Typed>
      layout="vertical"
      requiredMark={false}
      onValuesChange={() => save.reset()}
      onFinish={submit}
      initialValues={{ ...initial, scheme: market.scheme, fee_percent: Math.round(market.pool_fee * 1e6) / 1e4 }}
    >
      <p className="bm-muted">{t("profit.clearHelp")}</p>
      {NAMES.map((name) => (
        <Form.Item
          key={name}
          name={name}
          label={label(name)}
          rules={[{ type: "number", min: 0, message: t("profit.notNegative") }]}
        >
          <InputNumber className="bm-wide" suffix={UNITS[name]} controls={false} />
        </Form.Item>
      ))}
      <Form.Item name="scheme" label={t("profit.scheme")}>
        <Select
          options={PayoutScheme.options.map((scheme) => ({ value: scheme, label: t(`profit.scheme_${scheme}`) }))}
        />
      </Form.Item>
      <Form.Item
        name="fee_percent"
        label={t("profit.fee")}
        rules={[{ required: true, type: "number", min: 0, max: 50, message: t("profit.notNegative") }]}
      >
        <InputNumber className="bm-wide" suffix="%" controls={false} />
      </Form.Item>
      <FormEnd error={save.error} isPending={save.isPending} />
    </Form>
  );
}
