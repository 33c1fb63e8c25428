import { type CoolingUnit, CreateCoolingUnit, UpdateCoolingUnit } from "@banksman/wire/api";
import { App, Form, Input, InputNumber, Select, Switch } from "antd";
import { useChange } from "../../api/query.ts";
import { FormEnd } from "../../components/form-end.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useSites } from "../../shell/use-current-site.ts";
import { UNIT_ROUTES } from "./use-cooling.ts";

type Settings = CoolingUnit["settings"];
type Draft = Settings & { site_id: string; host: string };

/** What is typed of a unit: where it is, how it is read, and what no controller tells. */
export function UnitForm({ unit, onDone }: { unit: CoolingUnit | null; onDone: () => void }) {
  const { t } = useLang();
  const { message } = App.useApp();
  const { data } = useSites();
  const create = useChange(CreateCoolingUnit, UNIT_ROUTES);
  const update = useChange(UpdateCoolingUnit, UNIT_ROUTES);
  const sites = (data?.sites ?? []).map(({ site_id, name }) => ({ value: site_id, label: name }));
  const save = async ({ site_id, host, ...typed }: Draft) => {
    const empty = (text: string | null) => (text === "" ? null : text);
    const settings = {
      ...typed,
      name: empty(typed.name),
      driver: empty(typed.driver),
      collected_by: typed.collected_by ?? null,
    };
    const saved = await (unit
      ? update.mutateAsync({ params: { site_id: unit.site_id, host: unit.host }, body: settings })
      : create.mutateAsync({ params: { site_id }, body: { ...settings, host } })
    ).catch(() => null);
    if (!saved) return;
    void message.success(t("cooling.saved"));
    onDone();
  };
  const needed = [{ required: true, whitespace: true, message: t("cooling.needed") }];
  const figure = (name: keyof Settings, label: string, min: number, max: number, isNeeded = false) => (
    <Form.Item
      name={name}
      label={label}
      {...(isNeeded ? { rules: [{ required: true, message: t("cooling.needed") }] } : {})}
    >
      <InputNumber min={min} max={max} />
    </Form.Item>
  );
  return (
    <Form<Draft>
      name="cooling-unit"
      layout="vertical"
      requiredMark={false}
      initialValues={unit?.settings ?? { ...FRESH, site_id: sites[0]?.value }}
      onFinish={save}
    >
      {unit === null ? (
        <>
          <Form.Item name="site_id" label={t("cooling.site")} rules={needed}>
            <Select options={sites} showSearch={{ optionFilterProp: "label" }} />
          </Form.Item>
          <Form.Item name="host" label={t("cooling.host")} extra={t("cooling.hostHelp")} rules={needed}>
            <Input autoComplete="off" maxLength={128} />
          </Form.Item>
        </>
      ) : null}
      <Form.Item name="name" label={t("cooling.name")}>
        <Input autoComplete="off" maxLength={100} />
      </Form.Item>
      <Form.Item name="driver" label={t("cooling.driver")} extra={t("cooling.driverHelp")}>
        <Input autoComplete="off" maxLength={64} />
      </Form.Item>
      <Form.Item name="collected_by" label={t("cooling.collectedBy")}>
        <Select allowClear options={sites} placeholder={t("cooling.ownSite")} />
      </Form.Item>
      <div className="bm-field-row">
        {figure("interval_s", t("cooling.interval"), 5, 3_600, true)}
        {figure("timeout_ms", t("cooling.timeout"), 100, 30_000, true)}
        {figure("retries", t("cooling.retries"), 0, 10, true)}
      </div>
      <div className="bm-field-row">
        {figure("longitude", t("cooling.longitude"), -180, 180)}
        {figure("latitude", t("cooling.latitude"), -90, 90)}
      </div>
      <div className="bm-field-row">
        {figure("glycol_percent", t("cooling.glycol"), 0, 60)}
        {figure("auxiliary_kw", t("cooling.auxiliary"), 0, 1_000)}
      </div>
      <Form.Item name="enabled" label={t("cooling.enabled")} valuePropName="checked">
        <Switch />
      </Form.Item>
      <FormEnd error={create.error ?? update.error} isPending={create.isPending || update.isPending} />
    </Form>
  );
}

const FRESH = {
  name: null,
  driver: null,
  interval_s: 60,
  timeout_ms: 3_000,
  retries: 3,
  collected_by: null,
  enabled: true,
  longitude: null,
  latitude: null,
  glycol_percent: null,
  auxiliary_kw: null,
} as const satisfies Settings;
