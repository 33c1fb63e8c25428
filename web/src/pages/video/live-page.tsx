import { Button } from "antd";
import { useRef, useState } from "react";
import { Link } from "react-router";
import { Icon } from "../../components/icons.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../components/states.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";
import { LiveTools } from "./live-tools.tsx";
import { recordingsPath } from "./paths.ts";
import { Screen } from "./screen.tsx";
import { HowPicturesAre, WhatIsShown } from "./screen-words.tsx";
import { toggleFullScreen, useVideoKeys } from "./use-video-keys.ts";
import { useVideoView, type VideoScreen } from "./use-video-view.ts";
import { VideoFrame } from "./video-frame.tsx";
import { ViewsDrawer } from "./views-drawer.tsx";

/** Cameras as they are now: a few in full, many small, or one of them alone. */
export default function LivePage() {
  const { t } = useLang();
  const { canAtSites } = useSession();
  const screen = useVideoView("4");
  const root = useRef<HTMLDivElement>(null);
  const [viewsOpen, openViews] = useState(false);
  useVideoKeys(screen, root);
  const { found, placed } = screen;
  const add = canAtSites("camera.manage") ? <Link to="/video/cameras">{t("video.toCameras")}</Link> : null;
  const isEmpty = found.data?.cameras.length === 0;
  return (
    <VideoFrame extra={isEmpty ? null : <HowPicturesAre screen={screen} />}>
      {found.error && !found.data ? (
        <ErrorState error={found.error} onRetry={() => void found.refetch()} permission="video.watch" />
      ) : null}
      {found.isPending ? <SkeletonRows rows={12} /> : null}
      {isEmpty ? (
        <EmptyState icon="camera" title={t("video.none")} detail={t("video.noneDetail")} action={add} />
      ) : null}
      {found.data && !isEmpty ? (
        <>
          <LiveTools screen={screen} onFull={() => toggleFullScreen(root.current)} onViews={() => openViews(true)} />
          <p>
            <WhatIsShown screen={screen} />
          </p>
          {screen.promoted ? <Alone screen={screen} /> : null}
          {placed.length === 0 ? (
            <EmptyState icon="search" title={t("video.nothingFits")} detail={t("video.nothingFitsDetail")} />
          ) : (
            <div ref={root} className="bm-video-page">
              <Screen screen={screen} />
            </div>
          )}
        </>
      ) : null}
      <ViewsDrawer screen={screen} open={viewsOpen} onClose={() => openViews(false)} />
    </VideoFrame>
  );
}

/** What can be done with the one camera that fills the stage. */
function Alone({ screen: { promoted, promote } }: { screen: VideoScreen }) {
  const { t } = useLang();
  if (!promoted) return null;
  return (
    <div className="bm-button-row">
      <Button size="small" icon={<Icon name="left" />} onClick={() => promote(null)}>
        {t("video.back")}
      </Button>
      <Link to={recordingsPath(promoted.camera)}>{t("video.recordings")}</Link>
    </div>
  );
}
