import type { Alert, Camera } from "@banksman/wire/api";
import type { CSSProperties } from "react";
import "../../styles/video.css";
import { classNames } from "../../components/class-names.ts";
import { useNow } from "../../hooks/use-now.ts";
import { type Picture, STALLED_AFTER_MS } from "../video/pictures.ts";
import { TileFace } from "../video/tile-face.tsx";
import { Story } from "./story.tsx";

const cameraOf = (name: string): Camera => ({
  camera_id: `00000000-0000-4000-8005-${String(name.length).padStart(12, "0")}`,
  site_id: "1",
  region: null,
  name,
  container: null,
  kind: "rtsp",
  via: "edge",
  has_low: false,
  has_login: null,
  recording: { mode: "off", from: "00:00", to: "00:00", before_s: 30, after_s: 120, keep_days: 14 },
  state: "live",
  trouble: null,
  pictured_at: null,
  viewers: 1,
});

const alertOf = (level: Alert["level"]): Alert => ({
  alert_id: 1,
  source: "rule",
  fingerprint: level,
  rule_id: null,
  rule: { zh: "", en: "" },
  level,
  state: "firing",
  title: { zh: "", en: "" },
  text: { zh: "", en: "" },
  labels: {},
  target: null,
  values: {},
  no_data: false,
  flapping: false,
  suppressed: null,
  since: "2026-11-21T14:00:00.000Z",
  fired_at: null,
  acknowledged_at: null,
  acknowledged_by: null,
  comment: null,
  resolved_at: null,
  notified_at: null,
});

const NONE: Picture = { takenAt: null, movedAt: null, problem: null, trouble: null, profile: null, reason: null };

/** Tiles in all their states, over no picture. */
export function VideoStories() {
  const now = useNow();
  const live: Picture = { ...NONE, takenAt: now - 2_100, movedAt: now, profile: "low" };
  const tiles: [name: string, picture: Picture, alert: Alert | null][] = [
    ["C07 pump", live, alertOf("urgent")],
    ["SP R21", live, alertOf("severe")],
    ["NR hall A", live, null],
    ["NR hall B", { ...live, profile: "source", reason: "no encoder is free" }, null],
    ["C06", { ...live, takenAt: now - 48_000, movedAt: now - 48_000, trouble: "too_slow" }, null],
    ["H3 gate", { ...NONE, trouble: "refused_sign_in" }, null],
    ["H3 hall", { ...NONE, problem: "the site's line is full: 50 of 50 Mb/s are in use" }, null],
    ["SP hall", NONE, null],
  ];
  const style: CSSProperties & Record<"--columns", number> = { "--columns": 4 };
  return (
    <Story name="VideoTile">
      <ul className="bm-stage bm-story-wide" style={style}>
        {tiles.map(([name, picture, alert]) => (
          <li key={name} className={classNames("bm-video-tile", alert && `bm-video-${alert.level}`)}>
            <TileFace
              placed={{ camera: cameraOf(name), alert }}
              picture={picture}
              now={now}
              stalledAfterMs={STALLED_AFTER_MS.stream}
              asked="low"
              onPress={() => {}}
            />
          </li>
        ))}
      </ul>
    </Story>
  );
}
