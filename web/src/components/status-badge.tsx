import type { MinerHealth } from "@banksman/wire/model";
import { number } from "../format/format.ts";
import { useLang } from "../hooks/use-lang.ts";
import { kebab, StatusGlyph } from "./status-glyph.tsx";

type Props = {
  status: MinerHealth;
  /** How many, after the word. */
  count?: number;
  /** Said after the status: a reason. */
  detail?: string;
  /** With its soft background; for page heads and details. */
  pill?: boolean;
  /** The shape alone, named for those who don't see it. */
  compact?: boolean;
};

/** A status as shape and word. */
export function StatusBadge({ status, count, detail, pill = false, compact = false }: Props) {
  const { t } = useLang();
  const word = t(`status.${status}`);
  if (compact) return <StatusGlyph status={status} label={word} />;
  const variable = `var(--bm-status-${kebab(status)}`;
  const soft = pill ? { background: `${variable}-soft)` } : {};
  return (
    <span className={pill ? "bm-badge bm-pill" : "bm-badge"} style={{ color: `${variable}-text)`, ...soft }}>
      <StatusGlyph status={status} />
      {detail === undefined ? word : `${word}: ${detail}`}
      {count === undefined ? null : <b>{number(count)}</b>}
    </span>
  );
}
