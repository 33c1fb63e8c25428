import type { RuleProblem } from "@banksman/wire/api";
import { Form, Input } from "antd";
import { Panel } from "../../components/panel.tsx";
import { useLang } from "../../hooks/use-lang.ts";

type Props = { problems: readonly RuleProblem[] };

/** What is said, in both languages side by side. */
export function RuleTexts({ problems }: Props) {
  const { t, lang } = useLang();
  const own = problems.filter(({ path }) => path.startsWith("title") || path.startsWith("text"));
  return (
    <Panel title={t("rules.texts")} hint={t("rules.textsHelp")}>
      <div className="bm-field-row bm-field-row-even">
        {(["en", "zh"] as const).map((language) => (
          <div key={language}>
            <Form.Item
              name={["title", language]}
              label={t(`rules.titleIn.${language}`)}
              rules={[{ required: true, whitespace: true, message: t("poolAccounts.needed") }]}
            >
              <Input.TextArea autoSize={{ minRows: 1, maxRows: 3 }} placeholder="{miner_id}: {hashrate_ghs} GH/s" />
            </Form.Item>
            <Form.Item name={["text", language]} label={t(`rules.textIn.${language}`)}>
              <Input.TextArea autoSize={{ minRows: 3, maxRows: 8 }} />
            </Form.Item>
          </div>
        ))}
      </div>
      <ul className="bm-problems" aria-live="polite">
        {own.map(({ path, message, nearest }) => (
          <li key={`${path} ${message.en}`}>
            {message[lang]} {nearest === null ? "" : t("rules.nearest", { word: nearest })}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
