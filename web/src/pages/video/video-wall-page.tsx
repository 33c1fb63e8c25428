import { useEffect, useRef } from "react";
import { Icon, Logo } from "../../components/icons.tsx";
import { EmptyState, ErrorState } from "../../components/states.tsx";
import { browserZone, clock, zoneLabel } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useNow } from "../../hooks/use-now.ts";
import { AlertFeed } from "../../shell/alert-feed.tsx";
import { isDue } from "../wall/wall-turn.ts";
import { LayoutChoice } from "./layout-choice.tsx";
import { Screen } from "./screen.tsx";
import { HowPicturesAre, WhatIsShown } from "./screen-words.tsx";
import { toggleFullScreen, useVideoKeys } from "./use-video-keys.ts";
import { useVideoView, type VideoScreen } from "./use-video-view.ts";

const STARTED_AT = Date.now();

/** The video wall: pictures from edge to edge, for a screen that hangs somewhere. */
export default function VideoWallPage() {
  const { t } = useLang();
  useEffect(() => {
    document.title = `${t("video.wall")} · Banksman`;
  }, [t]);
  return (
    <AlertFeed>
      <VideoWall />
    </AlertFeed>
  );
}

function VideoWall() {
  const { t } = useLang();
  const screen = useVideoView("16");
  const root = useRef<HTMLElement>(null);
  useVideoKeys(screen, root);
  const { found, placed } = screen;
  const restarts = isDue(STARTED_AT, useNow(), found.error === null);
  useEffect(() => {
    if (restarts) window.location.reload();
  }, [restarts]);
  return (
    <main id="content" ref={root} data-page="/video/wall" className="bm-video-wall">
      <Head screen={screen} onFull={() => toggleFullScreen(root.current)} />
      {found.error && !found.data ? (
        <ErrorState error={found.error} onRetry={() => void found.refetch()} permission="video.watch" />
      ) : null}
      {found.data && placed.length === 0 ? (
        <EmptyState icon="camera" title={t("video.none")} detail={t("video.noneDetail")} />
      ) : null}
      <Screen screen={screen} />
    </main>
  );
}

function Head({ screen, onFull }: { screen: VideoScreen; onFull: () => void }) {
  const { t } = useLang();
  const now = useNow();
  const zone = browserZone();
  return (
    <header className="bm-video-wall-head">
      <Logo size={28} />
      <h1>{t("video.live")}</h1>
      <LayoutChoice screen={screen} size="large" />
      <WhatIsShown screen={screen} />
      <span className="bm-grow" />
      <HowPicturesAre screen={screen} />
      <time>
        {clock(now, zone)} <small>{zoneLabel(now, zone)}</small>
      </time>
      <button
        type="button"
        className="bm-wall-full"
        aria-label={t("video.full")}
        title={t("video.full")}
        onClick={onFull}
      >
        <Icon name="fit" size={20} />
      </button>
    </header>
  );
}
