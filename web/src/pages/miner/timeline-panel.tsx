import { GetMinerEvents, type MinerEvent } from "@banksman/wire/api";
import { MinerHealth } from "@banksman/wire/model";
import { useRoute } from "../../api/query.ts";
import { serverNow } from "../../api/server-clock.ts";
import { LevelGlyph } from "../../components/level-pill.tsx";
import { Panel } from "../../components/panel.tsx";
import { ErrorState, SkeletonRows } from "../../components/states.tsx";
import { StatusGlyph } from "../../components/status-glyph.tsx";
import { MISSING } from "../../format/format.ts";
import { clock, date, fullTime } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";

const REFRESH_MS = 60_000;

/** What changed on a miner in the last seven days, newest first. */
export function TimelinePanel({ siteId, minerId, zone }: { siteId: string; minerId: string; zone: string }) {
  const { t } = useLang();
  const params = { site_id: siteId, miner_id: minerId };
  const events = useRoute(GetMinerEvents, { params, query: { hours: 168 } }, { every: REFRESH_MS });
  const list = events.data?.events;
  return (
    <Panel title={t("miner.timeline")} hint={t("miner.timelineHint")}>
      {events.error && !list ? <ErrorState error={events.error} onRetry={() => void events.refetch()} /> : null}
      {events.isPending ? <SkeletonRows rows={4} /> : null}
      {list?.length === 0 ? <p className="bm-muted">{t("empty.events")}</p> : null}
      {list && list.length > 0 ? (
        <ol className="bm-timeline">
          {list.map((event, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two changes may bear the same time and kind
            <EventRow key={index} event={event} zone={zone} />
          ))}
        </ol>
      ) : null}
    </Panel>
  );
}

function EventRow({ event, zone }: { event: MinerEvent; zone: string }) {
  const { t } = useLang();
  const at = Date.parse(event.at);
  const today = date(at, zone) === date(serverNow(), zone);
  const health = MinerHealth.safeParse(event.to);
  const word = (text: string | null) => {
    const known = MinerHealth.safeParse(text);
    return event.kind === "health" && known.success ? t(`status.${known.data}`) : (text ?? MISSING);
  };
  return (
    <li>
      <time dateTime={event.at} title={fullTime(at, zone)}>
        {today ? clock(at, zone) : `${date(at, zone).slice(5)} ${clock(at, zone).slice(0, 5)}`}
      </time>
      {event.kind === "health" && health.success ? (
        <StatusGlyph status={health.data} />
      ) : (
        <LevelGlyph level={event.kind === "faults" ? "severe" : "info"} size={12} />
      )}
      <span className="bm-wrap">{t(`miner.event.${event.kind}`, { from: word(event.from), to: word(event.to) })}</span>
    </li>
  );
}
