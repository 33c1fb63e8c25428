import type { AuditResult } from "@banksman/wire/api";
import { classNames } from "../../components/class-names.ts";
import { Icon, type IconName } from "../../components/icons.tsx";
import { useLang } from "../../hooks/use-lang.ts";

const ICONS: Record<AuditResult, IconName> = { done: "check", refused: "lock", failed: "warning", unknown: "help" };

/** How it ended: a shape and a word. */
export function ResultWord({ result, code }: { result: AuditResult; code?: string | null }) {
  const { t } = useLang();
  return (
    <span className={classNames("bm-with-glyph", `bm-result-${result}`)}>
      <Icon name={ICONS[result]} size={14} /> {t(`audit.results.${result}`)}
      {code ? <small className="bm-muted">{code}</small> : null}
    </span>
  );
}
