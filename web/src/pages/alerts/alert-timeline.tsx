import type { AlertEvent } from "@banksman/wire/api";
import { browserZone, fullTime, shortClock } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";

/** What became of an alert, the newest first. */
export function AlertTimeline({ events }: { events: readonly AlertEvent[] }) {
  const { t } = useLang();
  const zone = browserZone();
  return (
    <ol className="bm-alert-timeline">
      {events.toReversed().map((event, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two events may share moment and kind, and none ever moves
        <li key={`${event.at} ${event.kind} ${index}`} className={`bm-event-${event.kind}`}>
          <time dateTime={event.at} title={fullTime(Date.parse(event.at), zone)}>
            {shortClock(Date.parse(event.at), zone)}
          </time>
          <span>
            {t(`alerts.event.${event.kind}`)}
            {event.by === null ? null : ` · ${event.by}`}
            {event.text ? <span className="bm-wrap">: {event.text}</span> : null}
          </span>
        </li>
      ))}
    </ol>
  );
}
