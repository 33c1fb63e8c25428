import { Button, Segmented } from "antd";
import { useEffect, useRef, useState } from "react";
import { classNames } from "../../components/class-names.ts";
import { Icon } from "../../components/icons.tsx";
import { clock, shortClock } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { isIn, keyTarget, marksOf, nextSpan, SPANS_H, type Span, type SpanHours, shareOf, stepMs } from "./day-view.ts";
import type { Part } from "./recorded-parts.ts";
import { useDayView, useWheel } from "./use-day-view.ts";

type Props = {
  parts: readonly Part[];
  day: Span;
  atMs: number;
  /** How much of the day is shown. */
  hours: SpanHours;
  zone: string;
  onSeek: (atMs: number) => void;
  onHours: (hours: SpanHours) => void;
};

const PAUSE_MS = 200;
/** Beyond it a mark's time would reach over the bar's end. */
const LAST_MARK = 0.92;

const percent = (share: number): string => `${(100 * Math.min(1, Math.max(0, share))).toFixed(3)}%`;

/** A day, or some hours of it, as a bar: what is recorded, and where playing stands. Pressed or moved by keys, it seeks. */
export function DayBar({ parts, day, atMs, hours, zone, onSeek, onHours }: Props) {
  const { t } = useLang();
  const [moved, move] = useMoved(atMs, onSeek);
  const shownMs = moved ?? atMs;
  const { view, zoom, page } = useDayView({ day, atMs: shownMs, hours, onHours });
  const bar = useRef<HTMLDivElement>(null);
  useWheel(bar, (by, share) => {
    const about = view.fromMs + share * (view.toMs - view.fromMs);
    zoom(nextSpan(hours, by), { atMs: about, share });
  });
  const seconds = (ms: number) => Math.round((ms - day.fromMs) / 1_000);
  return (
    <div className="bm-day-bar">
      <Tools day={day} view={view} hours={hours} zone={zone} onZoom={zoom} onPage={page} />
      <div className="bm-day-parts" ref={bar}>
        {parts
          .filter((part) => part.fromMs < view.toMs && part.toMs > view.fromMs)
          .map((part) => (
            <i
              key={part.recording.recording_id}
              className={classNames(`bm-part-${part.recording.because}`, part.recording.held && "bm-part-held")}
              style={spread(view, part)}
            />
          ))}
        {isIn(view, shownMs) ? (
          <i className="bm-day-now" style={{ insetInlineStart: percent(shareOf(view, shownMs)) }} />
        ) : null}
        <input
          type="range"
          min={seconds(view.fromMs)}
          max={seconds(view.toMs) - 1}
          value={seconds(shownMs)}
          aria-label={t("recordings.time")}
          aria-valuetext={clock(shownMs, zone)}
          onChange={({ target }) => move(day.fromMs + Number(target.value) * 1_000)}
          onKeyDown={(event) => {
            if (event.ctrlKey || event.metaKey || event.altKey) return;
            const to = keyTarget(event.key, shownMs, day, view, stepMs(hours, event.shiftKey));
            if (to === null) return;
            event.preventDefault();
            move(to);
          }}
        />
      </div>
      <div className="bm-day-marks" aria-hidden="true">
        {marksOf(day, view, hours)
          .filter((ms) => shareOf(view, ms) <= LAST_MARK)
          .map((ms) => (
            <span key={ms} className="bm-day-mark" style={{ insetInlineStart: percent(shareOf(view, ms)) }}>
              {shortClock(ms, zone)}
            </span>
          ))}
      </div>
      <Legend />
    </div>
  );
}

/** Where a part lies in the view; a short one can still be seen. */
function spread(view: Span, { fromMs, toMs }: Span) {
  const [begin, end] = [shareOf(view, Math.max(fromMs, view.fromMs)), shareOf(view, toMs)];
  return { insetInlineStart: percent(begin), width: `max(2px, ${percent(end - begin)})` };
}

type ToolsProps = Pick<Props, "day" | "hours" | "zone"> & {
  view: Span;
  onZoom: (hours: SpanHours) => void;
  onPage: (by: 1 | -1) => void;
};

function Tools({ day, view, hours, zone, onZoom, onPage }: ToolsProps) {
  const { t } = useLang();
  const options = SPANS_H.map((value) => ({
    value,
    label: value === 24 ? t("recordings.wholeDay") : t("miner.hours", { count: value }),
  }));
  return (
    <div className="bm-day-tools">
      <Segmented
        size="small"
        aria-label={t("recordings.shown")}
        options={options}
        value={hours}
        onChange={(value) => onZoom(value)}
      />
      <Button
        size="small"
        icon={<Icon name="left" />}
        aria-label={t("recordings.earlier")}
        disabled={view.fromMs <= day.fromMs}
        onClick={() => onPage(-1)}
      />
      <Button
        size="small"
        icon={<Icon name="right" />}
        aria-label={t("recordings.later")}
        disabled={view.toMs >= day.toMs}
        onClick={() => onPage(1)}
      />
      {hours === 24 ? null : (
        <span className="bm-muted">{`${shortClock(view.fromMs, zone)}–${shortClock(view.toMs, zone)}`}</span>
      )}
    </div>
  );
}

function Legend() {
  const { t } = useLang();
  return (
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
  );
}

/**
 * Where the bar is being moved to; it seeks when that pauses, not at each pixel on the way. It stands there until what plays
 * has gone along: back and forth would be a second jump.
 */
function useMoved(atMs: number, onSeek: (atMs: number) => void) {
  const [moved, move] = useState<{ toMs: number; soughtAtMs: number | null } | null>(null);
  const latest = useRef({ atMs, onSeek });
  latest.current = { atMs, onSeek };
  useEffect(() => {
    if (moved === null || moved.soughtAtMs !== null) return;
    const timer = setTimeout(() => {
      move({ ...moved, soughtAtMs: latest.current.atMs });
      latest.current.onSeek(moved.toMs);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [moved]);
  const isThere = moved !== null && moved.soughtAtMs !== null && moved.soughtAtMs !== atMs;
  if (isThere) move(null);
  return [isThere ? null : (moved?.toMs ?? null), (toMs: number) => move({ toMs, soughtAtMs: null })] as const;
}
