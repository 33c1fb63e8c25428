import { type Camera, type CoolingUnit, ListCameras } from "@banksman/wire/api";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { useRoute } from "../../api/query.ts";
import { Panel } from "../../components/panel.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";
import { Pictures } from "../video/pictures.ts";
import { Stage } from "../video/stage.tsx";
import { CAMERAS_EVERY_MS } from "../video/use-video-view.ts";

/** More would play beside the figures that people came for. */
const MOST_PLAYED = 2;
const MOST_NAMED = 8;

/** The cameras that look at a unit, live; the site's others by name. Nothing where the site has none. */
export function UnitCameras({ unit }: { unit: CoolingUnit }) {
  const { t } = useLang();
  const { canAtSites } = useSession();
  const navigate = useNavigate();
  const [pictures] = useState(() => new Pictures());
  const query = { site_id: unit.site_id };
  const found = useRoute(
    ListCameras,
    { query },
    { enabled: canAtSites("video.watch"), every: CAMERAS_EVERY_MS, keep: true },
  );
  const cameras = (found.data?.cameras ?? []).filter(({ site_id }) => site_id === unit.site_id);
  if (cameras.length === 0) return null;
  const looksAtIt = ({ container }: Camera) => container !== null && [unit.host, unit.name].includes(container);
  const played = cameras.filter(looksAtIt).slice(0, MOST_PLAYED);
  const others = cameras.filter((camera) => !played.includes(camera));
  const show = (cameraId: string) => void navigate(`/video?camera=${cameraId}`);
  return (
    <Panel
      title={t("video.cameras")}
      extra={<Link to={`/video?site=${encodeURIComponent(unit.site_id)}`}>{t("video.ofSite")}</Link>}
    >
      <div className="bm-stack">
        {played.length > 0 ? (
          <Stage
            tiles={played.map((camera) => ({ camera, alert: null }))}
            layout="1"
            tier="grid"
            pictures={pictures}
            onPress={show}
          />
        ) : null}
        {others.length > 0 ? (
          <p className="bm-camera-names">
            <span className="bm-secondary">{t(played.length > 0 ? "video.others" : "video.noneHere")}</span>{" "}
            {others.slice(0, MOST_NAMED).map(({ camera_id, name }) => (
              <Link key={camera_id} to={`/video?camera=${camera_id}`}>
                {name}
              </Link>
            ))}
          </p>
        ) : null}
      </div>
    </Panel>
  );
}
