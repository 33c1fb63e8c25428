import { type Alert, GetAlertClips } from "@banksman/wire/api";
import { Button } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { useRoute } from "../../api/query.ts";
import { Icon } from "../../components/icons.tsx";
import { browserZone, clock } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";
import { recordingsPath } from "../video/paths.ts";
import { RecordingPlayer } from "../video/recording-player.tsx";

const EVERY_MS = 30_000;
/** What led to it is seen as well. */
const BEFORE_MS = 10_000;

/** What cameras recorded of an alert; each is played here from shortly before it began. Nothing while there is none. */
export function AlertClips({ alert }: { alert: Alert }) {
  const { t } = useLang();
  const { canAtSites } = useSession();
  const [openId, open] = useState<string | null>(null);
  const params = { alert_id: alert.alert_id };
  const found = useRoute(GetAlertClips, { params }, { enabled: canAtSites("video.watch"), every: EVERY_MS });
  const clips = found.data?.clips ?? [];
  if (clips.length === 0) return null;
  const began = Date.parse(alert.since) - BEFORE_MS;
  const zone = browserZone();
  return (
    <>
      <h3>{t("recordings.clips")}</h3>
      <ul className="bm-plain-list">
        {clips.map((clip) => {
          const { recording_id, camera_name, from, to, held } = clip;
          const isInside = began > Date.parse(from) && (to === null || began < Date.parse(to));
          const fromMs = isInside ? began : Date.parse(from);
          const span = `${clock(Date.parse(from), zone)}–${to === null ? t("recordings.now") : clock(Date.parse(to), zone)}`;
          return (
            <li key={recording_id} className="bm-clip">
              <span className="bm-button-row">
                <Button
                  size="small"
                  aria-expanded={openId === recording_id}
                  aria-label={`${t("recordings.play")} ${camera_name} ${span}`}
                  onClick={() => open(openId === recording_id ? null : recording_id)}
                >
                  {t("recordings.play")}
                </Button>
                <Link to={recordingsPath(clip, new Date(fromMs).toISOString())}>{camera_name}</Link>
                <span className="bm-muted">{span}</span>
                {held ? (
                  <span className="bm-with-glyph">
                    <Icon name="lock" size={14} /> {t("recordings.held")}
                  </span>
                ) : null}
              </span>
              {openId === recording_id ? <RecordingPlayer recording={clip} atMs={fromMs} /> : null}
            </li>
          );
        })}
      </ul>
    </>
  );
}
