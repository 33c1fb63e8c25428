import type { CheckRule } from "@banksman/wire/api";
import type { DataOf } from "../../api/client.ts";
import { Panel } from "../../components/panel.tsx";
import { number } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";

/** How the rule stands right now, and its texts filled in for a target of today. */
export function RulePreview({ checked }: { checked: DataOf<typeof CheckRule> | null }) {
  const { t, lang } = useLang();
  if (!checked?.now && !checked?.preview) return null;
  const { now, preview } = checked;
  return (
    <Panel title={t("rules.preview")}>
      {now ? (
        <p>
          {t("rules.holdsNow", {
            holds: number(now.holds),
            total: number(now.total),
            unknown: number(now.unknown),
          })}
        </p>
      ) : null}
      {preview ? (
        <pre className="bm-preview">{[preview.title[lang], preview.text[lang]].filter(Boolean).join("\n")}</pre>
      ) : null}
    </Panel>
  );
}
