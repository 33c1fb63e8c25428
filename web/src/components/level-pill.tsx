import type { FaultLevel } from "@banksman/wire/model";
import type { ReactNode } from "react";
import { useLang } from "../hooks/use-lang.ts";

const shapes: Record<FaultLevel, ReactNode> = {
  urgent: (
    <>
      <path d="M4.2.8h5.600l3.4 3.400v5.600l-3.4 3.400H4.200L.8 9.800V4.200z" className="bm-level-shape" />
      <path d="M5.3 3.800v3.700M5.3 9.800v.2M8.7 3.800v3.700M8.7 9.800v.2" className="bm-level-mark" />
    </>
  ),
  severe: (
    <>
      <path d="M7 .8 13.6 13H.4z" className="bm-level-shape" />
      <path d="M7 5.200v3.500M7 10.800v.2" className="bm-level-mark" />
    </>
  ),
  warning: (
    <>
      <path d="M7 .4 13.6 7 7 13.6.4 7z" className="bm-level-shape" />
      <path d="M7 4v3.400M7 9.700v.2" className="bm-level-mark" />
    </>
  ),
  info: (
    <>
      <circle cx="7" cy="7" r="5.8" className="bm-level-ring" />
      <path d="M7 6.400v3.500M7 4.100v.2" className="bm-level-stroke" />
    </>
  ),
};

/** A level as its shape. */
export function LevelGlyph({ level, size = 14 }: { level: FaultLevel; size?: number }) {
  return (
    <svg className={`bm-glyph bm-level-${level}`} width={size} height={size} viewBox="0 0 14 14" aria-hidden="true">
      {shapes[level]}
    </svg>
  );
}

/** A level as shape and word on its soft background. */
export function LevelPill({ level }: { level: FaultLevel }) {
  const { t } = useLang();
  return (
    <span className={`bm-badge bm-pill bm-level-${level}`}>
      <LevelGlyph level={level} />
      {t(`level.${level}`)}
    </span>
  );
}
