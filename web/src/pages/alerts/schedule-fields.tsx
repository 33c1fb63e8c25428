import { Form, Input, Select } from "antd";
import { useLang } from "../../hooks/use-lang.ts";
import { dayName } from "./matcher-words.ts";

const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

/** Days, hours and zone of a schedule, as members of `schedule` in the form around it. */
export function ScheduleFields() {
  const { t, lang } = useLang();
  const days = [1, 2, 3, 4, 5, 6, 0].map((value) => ({ value, label: dayName(value, lang) }));
  const time = [{ required: true, pattern: TIME, message: t("silences.timeRule") }];
  return (
    <>
      <Form.Item
        name={["schedule", "days"]}
        label={t("silences.days")}
        rules={[{ required: true, message: t("silences.daysRule") }]}
      >
        <Select mode="multiple" options={days} />
      </Form.Item>
      <div className="bm-field-row">
        <Form.Item name={["schedule", "from"]} label={t("silences.from")} rules={time}>
          <Input placeholder="08:00" />
        </Form.Item>
        <Form.Item name={["schedule", "to"]} label={t("silences.to")} rules={time}>
          <Input placeholder="18:00" />
        </Form.Item>
        <Form.Item
          name={["schedule", "time_zone"]}
          label={t("silences.zone")}
          rules={[{ required: true, message: t("silences.zoneRule") }]}
        >
          <Input placeholder="Asia/Shanghai" />
        </Form.Item>
      </div>
    </>
  );
}
