import type { Fault, ReadingWarning } from "@banksman/wire/model";
import { LevelGlyph } from "../../components/level-pill.tsx";
import { useLang } from "../../hooks/use-lang.ts";

/** What the device reports, and what was odd about its answer, worst first. */
export function FaultList({ faults, warnings }: { faults: readonly Fault[]; warnings: readonly ReadingWarning[] }) {
  const { t, lang } = useLang();
  const order = ["urgent", "severe", "warning", "info"];
  const sorted = faults.toSorted((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
  if (faults.length + warnings.length === 0) return <p className="bm-muted">{t("empty.faults")}</p>;
  return (
    <ul className="bm-faults">
      {sorted.map((fault, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a device may tell the same fault twice
        <li key={index}>
          <LevelGlyph level={fault.level} />
          <span className="bm-spoken">{t(`level.${fault.level}`)}</span>
          <span>
            {(lang === "zh" && fault.text_zh) || fault.text}
            <Advice words={(lang === "zh" && fault.advice_zh) || fault.advice} />
          </span>
          <span className="bm-grow" />
          <span className="bm-muted bm-mono">
            {fault.board == null ? fault.code : `${fault.code} · ${t("miner.board", { slot: fault.board })}`}
          </span>
        </li>
      ))}
      {warnings.map((warning, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same warning may come twice
        <li key={`w${index}`}>
          <LevelGlyph level="info" />
          <span>{warning.text}</span>
          <span className="bm-grow" />
          <span className="bm-muted bm-mono">{warning.code}</span>
        </li>
      ))}
    </ul>
  );
}

/** What to do about a fault, where its table says so. */
const Advice = ({ words }: { words: string | null | undefined }) =>
  words ? <span className="bm-muted bm-advice">{words}</span> : null;
