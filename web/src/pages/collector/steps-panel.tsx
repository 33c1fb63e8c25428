import { Panel } from "../../components/panel.tsx";
import { useLang } from "../../hooks/use-lang.ts";

/** How an edge gets from here to the site. */
export function StepsPanel() {
  const { t } = useLang();
  return (
    <Panel title={t("collector.stepsTitle")}>
      <ol className="bm-steps">
        <li>{t("collector.step1")}</li>
        <li>{t("collector.step2")}</li>
        <li>
          {t("collector.step3")}
          <code>banksman edge --config collector_config.json</code>
        </li>
      </ol>
    </Panel>
  );
}
