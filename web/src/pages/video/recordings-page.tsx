import { type Camera, ListCameras, ListRecordings } from "@banksman/wire/api";
import { Button, Input, Select, Space } from "antd";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { useRoute } from "../../api/query.ts";
import { serverNow } from "../../api/server-clock.ts";
import { Icon } from "../../components/icons.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../components/states.tsx";
import { browserZone, clock, date, dayAfter, instantOf, zoneLabel } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { useSite } from "../../shell/use-current-site.ts";
import "../../styles/video.css";
import { DayBar } from "./day-bar.tsx";
import { spanOf } from "./day-view.ts";
import { DownloadRange } from "./download-range.tsx";
import { recordingsPath } from "./paths.ts";
import { type Part, partAfter, partsOf, placeOf } from "./recorded-parts.ts";
import { RecordingPlayer } from "./recording-player.tsx";
import { RecordingTable } from "./recording-table.tsx";
import { VideoFrame } from "./video-frame.tsx";

const EVERY_MS = 30_000;

/** What is recorded of a camera, a day at a time: play, seek, hold, download. */
export default function RecordingsPage() {
  const { t } = useLang();
  const { siteId = "", cameraId = "" } = useParams();
  const cameras = useRoute(ListCameras, { query: { site_id: siteId } }, { keep: true });
  const site = useSite(siteId);
  const camera = cameras.data?.cameras.find(({ camera_id }) => camera_id === cameraId);
  if (cameras.error && !cameras.data)
    return <ErrorState error={cameras.error} onRetry={() => void cameras.refetch()} permission="video.watch" />;
  // The site's clock decides what a day is: until it is known nothing is asked for.
  if (!cameras.data || site.isPending) return <SkeletonRows rows={12} />;
  if (!camera)
    return (
      <EmptyState
        icon="camera"
        title={t("recordings.noCamera")}
        detail={t("recordings.noCameraDetail")}
        action={<Link to="/video/cameras">{t("recordings.toCameras")}</Link>}
      />
    );
  return (
    <Day
      key={cameraId}
      camera={camera}
      siblings={cameras.data.cameras.filter(({ site_id }) => site_id === siteId)}
      zone={site.data?.time_zone ?? browserZone()}
    />
  );
}

type DayProps = { camera: Camera; siblings: readonly Camera[]; zone: string };

function Day({ camera, siblings, zone }: DayProps) {
  const { t } = useLang();
  const { params, set } = useUrlState();
  const asked = Date.parse(params.get("at") ?? "");
  const day = params.get("day") ?? date(Number.isNaN(asked) ? serverNow() : asked, zone);
  const fromMs = instantOf(day, "00:00:00", zone);
  const toMs = instantOf(dayAfter(day), "00:00:00", zone);
  const call = {
    params: { site_id: camera.site_id, camera_id: camera.camera_id },
    query: { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() },
  };
  const found = useRoute(ListRecordings, call, { every: EVERY_MS });
  const parts = partsOf(found.data?.recordings ?? [], serverNow());
  const seek = (atMs: number) => set({ at: new Date(atMs).toISOString(), day: null });
  const atMs = asked >= fromMs && asked < toMs ? asked : null;
  return (
    <VideoFrame>
      <Tools camera={camera} siblings={siblings} day={day} zone={zone} fromMs={fromMs} />
      {found.error && !found.data ? (
        <ErrorState error={found.error} onRetry={() => void found.refetch()} permission="video.watch" />
      ) : null}
      {found.isPending ? <SkeletonRows rows={10} /> : null}
      {found.data && parts.length === 0 ? (
        <EmptyState icon="camera" title={t("recordings.none")} detail={t("recordings.noneDetail")} />
      ) : null}
      {parts.length > 0 ? (
        <>
          <Played parts={parts} atMs={atMs} fromMs={fromMs} toMs={toMs} zone={zone} onSeek={seek} />
          <DownloadRange camera={camera} parts={parts} atMs={atMs} day={day} zone={zone} />
          <RecordingTable parts={parts} zone={zone} onPlay={seek} />
        </>
      ) : null}
    </VideoFrame>
  );
}

type ToolsProps = DayProps & { day: string; fromMs: number };

function Tools({ camera, siblings, day, zone, fromMs }: ToolsProps) {
  const { t } = useLang();
  const { set } = useUrlState();
  const navigate = useNavigate();
  const show = (next: string) => set({ day: next, at: null });
  return (
    <div className="bm-video-tools">
      <Select
        size="small"
        aria-label={t("recordings.camera")}
        value={camera.camera_id}
        options={siblings.map(({ camera_id, name }) => ({ value: camera_id, label: name }))}
        showSearch={{ optionFilterProp: "label" }}
        popupMatchSelectWidth={false}
        onChange={(camera_id: string) => void navigate(`${recordingsPath({ ...camera, camera_id })}?day=${day}`)}
      />
      <Space.Compact>
        <Button
          size="small"
          icon={<Icon name="left" />}
          aria-label={t("recordings.dayBefore")}
          onClick={() => show(dayAfter(day, -1))}
        />
        <Input
          size="small"
          type="date"
          aria-label={t("recordings.day")}
          value={day}
          onChange={({ target }) => target.value !== "" && show(target.value)}
        />
        <Button
          size="small"
          icon={<Icon name="right" />}
          aria-label={t("recordings.dayNext")}
          onClick={() => show(dayAfter(day))}
        />
      </Space.Compact>
      <span className="bm-muted">{zoneLabel(fromMs, zone)}</span>
      <span className="bm-grow" />
      <Link to={`/video?camera=${camera.camera_id}`}>{t("video.live")}</Link>
    </div>
  );
}

type PlayedProps = {
  parts: readonly Part[];
  /** The moment that the address names; null plays nothing yet. */
  atMs: number | null;
  fromMs: number;
  toMs: number;
  zone: string;
  onSeek: (atMs: number) => void;
};

/** The bar of the day, and under it what plays; when a part ends the next one follows. */
function Played({ parts, atMs, fromMs, toMs, zone, onSeek }: PlayedProps) {
  const { t } = useLang();
  const { params, set } = useUrlState();
  const [shown, show] = useState<{ asked: number; atMs: number } | null>(null);
  const place = atMs === null ? null : placeOf(parts, atMs);
  // Where playing stands since that moment was asked for; another one begins there. Before one is, where anything is to see.
  const begin = parts[0]?.fromMs ?? fromMs;
  const nowMs = shown !== null && shown.asked === atMs ? shown.atMs : (place?.atMs ?? atMs ?? Math.max(fromMs, begin));
  const follow = (part: Part) => {
    const next = partAfter(parts, part.recording.recording_id);
    if (next) onSeek(next.fromMs);
  };
  return (
    <section className="bm-stack" aria-label={t("recordings.played")}>
      <DayBar
        key={fromMs}
        parts={parts}
        day={{ fromMs, toMs }}
        atMs={nowMs}
        hours={spanOf(params.get("span"))}
        zone={zone}
        onSeek={onSeek}
        onHours={(hours) => set({ span: hours === 24 ? null : String(hours) })}
      />
      {place === null ? (
        <p className="bm-muted">{atMs === null ? t("recordings.choose") : t("recordings.nothingAfter")}</p>
      ) : (
        <>
          <p className="bm-secondary">
            {clock(nowMs, zone)} · {t(`recordings.because.${place.part.recording.because}`)}
          </p>
          <RecordingPlayer
            recording={place.part.recording}
            atMs={place.atMs}
            onMove={(ms) => atMs !== null && show({ asked: atMs, atMs: ms })}
            onEnd={() => follow(place.part)}
          />
        </>
      )}
    </section>
  );
}
