import type { KeyboardEvent } from "react";
import { serverNow } from "../../../api/server-clock.ts";
import { classNames } from "../../../components/class-names.ts";
import { joined, THIN_SPACE } from "../../../format/format.ts";
import { duration } from "../../../format/time.ts";
import { useLang } from "../../../hooks/use-lang.ts";
import { coolingFigure, coolingName } from "../cooling-names.ts";
import type { Tag } from "./loop-model.ts";

export const TAG = { width: 122, height: 42 };

type Props = { tag: Tag; x: number; y: number; onPick: (name: string) => void };

/** Short names for where the place and the unit tell the rest. */
const SHORT: Readonly<Record<string, { en: string; zh: string }>> = {
  "supply.temp": { en: "Supply", zh: "供液温度" },
  "supply.pressure": { en: "Supply", zh: "供液压力" },
  "return.temp": { en: "Return", zh: "回液温度" },
  "return.pressure": { en: "Return", zh: "回液压力" },
  "ambient.humidity": { en: "Inside", zh: "箱内湿度" },
  "ambient.temp": { en: "Inside", zh: "箱内温度" },
  "outside.temp": { en: "Outside", zh: "室外温度" },
  "drycooler.feedbackFreq": { en: "Dry cooler", zh: "干冷器频率" },
};

/** How a doubtful value is marked, beside its colour. */
const MARKS = { good: "", uncertain: "?", bad: "✕", stale: "◷" } as const;

/** A value on the schematic: what it is, how old, how much, and whether it may be believed. A click draws it in the chart. */
export function LoopTag({ tag, x, y, onPick }: Props) {
  const { t, lang } = useLang();
  const { name, value, quality, at, level, set } = tag;
  const figure = coolingFigure(name, value);
  const age = duration((serverNow() - Date.parse(at)) / 1_000, lang);
  const spoken = `${coolingName(name, lang)} ${joined(figure)}, ${t("common.ago", { age })}, ${t(`cooling.quality.${quality}`)}`;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      onPick(name);
    }
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a part of a drawing can't be a button element
    <g
      role="button"
      tabIndex={0}
      transform={`translate(${x} ${y})`}
      className={classNames("bm-loop-tag", level && `bm-loop-${level}`, quality !== "good" && "bm-loop-doubtful")}
      onClick={() => onPick(name)}
      onKeyDown={onKeyDown}
    >
      <title>{spoken}</title>
      <rect className="bm-loop-box" width={TAG.width} height={TAG.height} rx="3" />
      <text x="8" y="15" className="bm-loop-label">
        {SHORT[name]?.[lang] ?? coolingName(name, lang)}
      </text>
      <text x={TAG.width - 8} y="15" textAnchor="end" className="bm-loop-age">
        {age}
      </text>
      <text x="8" y="34" className="bm-loop-value">
        {figure.text}
        <tspan className="bm-loop-unit">
          {THIN_SPACE}
          {figure.unit}
        </tspan>
      </text>
      <text x={TAG.width - 8} y="34" textAnchor="end" className="bm-loop-age">
        {MARKS[quality] || (set === null ? "" : t("cooling.set", { figure: coolingFigure(name, set).text }))}
      </text>
    </g>
  );
}
