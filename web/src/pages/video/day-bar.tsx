import { useEffect, useRef, useState } from "react";
import { classNames } from "../../components/class-names.ts";
import { clock, shortClock } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import type { Part } from "./recorded-parts.ts";

type Props = {
  parts: readonly Part[];
  /** The day's beginning and end. */
  fromMs: number;
  toMs: number;
  atMs: number;
  zone: string;
  onSeek: (atMs: number) => void;
};

const MARKS = 8;
const PAUSE_MS = 200;

/** A day as a bar: what is recorded of it, and where playing stands. Pressed or moved by keys, it seeks. */
export function DayBar({ parts, fromMs, toMs, atMs, zone, onSeek }: Props) {
  const { t } = useLang();
  const share = (ms: number) => `${(100 * Math.min(1, Math.max(0, (ms - fromMs) / (toMs - fromMs)))).toFixed(3)}%`;
  const [moved, move] = useMoved(onSeek);
  const shownMs = moved ?? atMs;
  return (
    <div className="bm-day-bar">
      <div className="bm-day-parts">
        {parts.map(({ recording, fromMs: begin, toMs: end }) => (
          <i
            key={recording.recording_id}
            className={classNames(`bm-part-${recording.because}`, recording.held && "bm-part-held")}
            style={{ insetInlineStart: share(begin), width: `max(2px, ${share(fromMs + end - begin)})` }}
          />
        ))}
        <i className="bm-day-now" style={{ insetInlineStart: share(shownMs) }} />
        <input
          type="range"
          min={0}
          max={Math.round((toMs - fromMs) / 1_000) - 1}
          value={Math.max(0, Math.round((shownMs - fromMs) / 1_000))}
          aria-label={t("recordings.time")}
          aria-valuetext={clock(shownMs, zone)}
          onChange={({ target }) => move(fromMs + Number(target.value) * 1_000)}
        />
      </div>
      <div className="bm-day-marks" aria-hidden="true">
        {Array.from({ length: MARKS }, (_, n) => {
          const ms = fromMs + (n * (toMs - fromMs)) / MARKS;
          return <span key={ms}>{shortClock(ms, zone)}</span>;
        })}
      </div>
      <p className="bm-day-legend">
        {(["always", "schedule", "alarm"] as const).map((because) => (
          <span key={because} className="bm-with-glyph">
            <i className={`bm-part-${because}`} /> {t(`recordings.because.${because}`)}
          </span>
        ))}
        <span className="bm-with-glyph">
          <i className="bm-part-always bm-part-held" /> {t("recordings.held")}
        </span>
      </p>
    </div>
  );
}

/** Where the bar is being moved to; it seeks when that pauses, not at each pixel on the way. */
function useMoved(onSeek: (atMs: number) => void) {
  const [moved, move] = useState<number | null>(null);
  const latest = useRef(onSeek);
  latest.current = onSeek;
  useEffect(() => {
    if (moved === null) return;
    const timer = setTimeout(() => {
      latest.current(moved);
      move(null);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [moved]);
  return [moved, move] as const;
}
