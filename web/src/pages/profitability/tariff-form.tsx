import { GetMinerProfits, GetProfitability, SetTariff, type Tariff } from "@banksman/wire/api";
import { App, Button, Form, InputNumber } from "antd";
import { useChange } from "../../api/query.ts";
import { FormEnd } from "../../components/form-end.tsx";
import { Icon } from "../../components/icons.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { useLang } from "../../hooks/use-lang.ts";

type SiteTariff = { site_id: string; name: string; tariff: Tariff | null };
type Props = { site: SiteTariff | undefined; onClose: () => void };

/** What a site pays for power, with hours of another price. */
export function TariffForm({ site, onClose }: Props) {
  const { t } = useLang();
  return (
    <SideDrawer
      open={site !== undefined}
      title={site ? t("profit.tariffOf", { site: site.name }) : ""}
      onClose={onClose}
    >
      {site ? <Fields site={site} onDone={onClose} /> : null}
    </SideDrawer>
  );
}

type Typed = { price: number; overhead_percent: number; bands?: { from: number; to: number; price: number }[] };

function Fields({ site, onDone }: { site: SiteTariff; onDone: () => void }) {
  const { t } = useLang();
  const { message } = App.useApp();
  const save = useChange(SetTariff, [GetProfitability, GetMinerProfits]);
  const submit = async ({ price, overhead_percent, bands }: Typed) => {
    const body = { price, overhead: 1 + overhead_percent / 100, bands: bands ?? [] };
    const saved = await save.mutateAsync({ params: { site_id: site.site_id }, body }).catch(() => null);
    if (!saved) return;
    void message.success(t("profit.tariffSaved", { site: site.name }));
    onDone();
  };
  const rule = (max: number) => [
    { required: true, type: "number" as const, min: 0, max, message: t("profit.notNegative") },
  ];
  const { tariff } = site;
  return (
    <Form<Typed>
      layout="vertical"
      requiredMark={false}
      onValuesChange={() => save.reset()}
      onFinish={submit}
      initialValues={{
        price: tariff?.price,
        overhead_percent: Math.round(((tariff?.overhead ?? 1) - 1) * 1_000) / 10,
        bands: tariff?.bands ?? [],
      }}
    >
      <Form.Item name="price" label={t("profit.price")} rules={rule(10)}>
        <InputNumber className="bm-wide" controls={false} data-first />
      </Form.Item>
      <Form.Item name="overhead_percent" label={t("profit.overhead")} rules={rule(400)}>
        <InputNumber className="bm-wide" controls={false} />
      </Form.Item>
      <Form.List name="bands">
        {(bands, { add, remove }) => (
          <fieldset className="bm-bands">
            <legend>{t("profit.bands")}</legend>
            {bands.map(({ key, name }) => (
              <div key={key} className="bm-band">
                <Form.Item name={[name, "from"]} label={t("profit.from")} rules={rule(23)}>
                  <InputNumber controls={false} suffix=":00" />
                </Form.Item>
                <Form.Item name={[name, "to"]} label={t("profit.to")} rules={rule(24)}>
                  <InputNumber controls={false} suffix=":00" />
                </Form.Item>
                <Form.Item name={[name, "price"]} label={t("profit.bandPrice")} rules={rule(10)}>
                  <InputNumber controls={false} />
                </Form.Item>
                <Button aria-label={t("profit.removeBand")} icon={<Icon name="close" />} onClick={() => remove(name)} />
              </div>
            ))}
            <Button icon={<Icon name="plus" />} onClick={() => add({ from: 22, to: 6 })}>
              {t("profit.addBand")}
            </Button>
          </fieldset>
        )}
      </Form.List>
      <FormEnd error={save.error} isPending={save.isPending} />
    </Form>
  );
}
