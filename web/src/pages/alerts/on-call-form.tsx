import { type BodyOf, GetOnCall, ListChannels, type OnCall, SaveOnCall } from "@banksman/wire/api";
import { App, Button, Form, Input, InputNumber, Select } from "antd";
import { useChange, useRoute } from "../../api/query.ts";
import { serverNow } from "../../api/server-clock.ts";
import { FormEnd } from "../../components/form-end.tsx";
import { Icon } from "../../components/icons.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { browserZone } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";

type Props = { editing: OnCall | "new" | null; onClose: () => void };

/** Who takes turns, how long a turn is, and over which channels each is called. */
export function OnCallForm({ editing, onClose }: Props) {
  const { t } = useLang();
  return (
    <SideDrawer open={editing !== null} title={t("onCall.addOrder")} onClose={onClose}>
      {editing === null ? null : <Fields order={editing === "new" ? null : editing} onDone={onClose} />}
    </SideDrawer>
  );
}

type Typed = Omit<BodyOf<typeof SaveOnCall>, "overrides">;

/** Midnight of this week's Monday, UTC, where most orders begin. */
function monday(): string {
  const day = new Date(serverNow());
  day.setUTCHours(0, 0, 0, 0);
  day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
  return day.toISOString();
}

function Fields({ order, onDone }: { order: OnCall | null; onDone: () => void }) {
  const { t } = useLang();
  const { message } = App.useApp();
  const channels = useRoute(ListChannels, {}, { keep: true });
  const save = useChange(SaveOnCall, [GetOnCall]);
  const submit = async (typed: Typed) => {
    const saved = await save.mutateAsync({ body: { ...typed, overrides: order?.overrides ?? [] } }).catch(() => null);
    if (!saved) return;
    void message.success(t("channels.saved", { name: saved.name }));
    onDone();
  };
  const needed = [{ required: true, message: t("poolAccounts.needed") }];
  const options = (channels.data?.channels ?? []).map(({ name }) => ({ value: name, label: name }));
  return (
    <Form<Typed>
      layout="vertical"
      requiredMark={false}
      initialValues={order ?? { turn_days: 7, time_zone: browserZone(), starts_at: monday(), people: [{}] }}
      onValuesChange={() => save.reset()}
      onFinish={submit}
    >
      <Form.Item name="name" label={t("channels.name")} rules={needed}>
        <Input disabled={order !== null} autoComplete="off" />
      </Form.Item>
      <Form.List name="people">
        {(people, { add, remove }) => (
          <fieldset className="bm-fieldset">
            <legend>{t("onCall.people")}</legend>
            {people.map(({ key, name }) => (
              <div className="bm-field-row" key={key}>
                <Form.Item name={[name, "name"]} label={t("onCall.person")} rules={needed}>
                  <Input autoComplete="off" />
                </Form.Item>
                <Form.Item name={[name, "channels"]} label={t("onCall.calledBy")} rules={needed}>
                  <Select mode="multiple" options={options} />
                </Form.Item>
                <Button
                  type="text"
                  className="bm-icon-button"
                  aria-label={t("channels.remove")}
                  disabled={people.length === 1}
                  icon={<Icon name="close" />}
                  onClick={() => remove(name)}
                />
              </div>
            ))}
            <Button size="small" icon={<Icon name="plus" />} onClick={() => add({})}>
              {t("onCall.addPerson")}
            </Button>
          </fieldset>
        )}
      </Form.List>
      <Form.Item name="turn_days" label={t("onCall.turnDays")} rules={needed}>
        <InputNumber min={1} max={90} precision={0} />
      </Form.Item>
      <Form.Item name="starts_at" label={t("onCall.startsAt")} extra={t("onCall.startsHelp")} rules={needed}>
        <Input spellCheck={false} />
      </Form.Item>
      <Form.Item name="time_zone" label={t("silences.zone")} rules={needed}>
        <Input spellCheck={false} />
      </Form.Item>
      <FormEnd error={save.error} isPending={save.isPending} />
    </Form>
  );
}
