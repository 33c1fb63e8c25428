import { number } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useSiteName } from "../../shell/use-current-site.ts";
import { STALLED_AFTER_MS, stateOf } from "./pictures.ts";
import { usePictures } from "./use-pictures.ts";
import type { VideoScreen } from "./use-video-view.ts";

/** What is shown: `North Ridge · 16 of 31 cameras · page 1 of 2, next in 14 s`. */
export function WhatIsShown({ screen }: { screen: VideoScreen }) {
  const { t } = useLang();
  const nameOf = useSiteName();
  const { params, view, blocks, tiles, placed, page, pages, nextInS, promoted } = screen;
  const site = params.get("site");
  const region = params.get("region");
  const place = [view?.name, site === null ? null : nameOf(site), region].filter(Boolean).join(", ");
  const shown = promoted ? 1 : blocks.length + tiles.length;
  const turn =
    nextInS === null
      ? t("video.page", { page: page + 1, pages })
      : t("video.pageNext", { page: page + 1, pages, seconds: nextInS });
  return (
    <span className="bm-secondary">
      {place === "" ? t("nav.allSites") : place} · {t("video.shown", { shown: number(shown), count: placed.length })}
      {pages > 1 && !promoted ? ` · ${turn}` : null}
    </span>
  );
}

/** How the pictures on the screen are: `14 live, 1 stalled, 1 without picture`. */
export function HowPicturesAre({ screen }: { screen: VideoScreen }) {
  const { t } = useLang();
  const { pictures, tier, tiles, blocks, promoted, isPhone } = screen;
  const now = usePictures(pictures);
  const limit = (isStream: boolean) => STALLED_AFTER_MS[isStream ? "stream" : "wall"];
  const streams = promoted || tier !== "wall" ? [...blocks, ...tiles] : blocks;
  const counts = { live: 0, stalled: 0, none: 0, waiting: 0 };
  for (const one of promoted ? tiles : [...blocks, ...tiles])
    counts[stateOf(pictures.of(one.camera.camera_id), now, limit(streams.includes(one)))] += 1;
  // On a phone most of those that wait are only out of sight.
  const states = isPhone ? (["live", "stalled", "none"] as const) : (["live", "stalled", "none", "waiting"] as const);
  const parts = states
    .filter((state) => counts[state] > 0 || state === "live")
    .map((state) => t(`video.count.${state}`, { count: counts[state] }));
  return <span className="bm-secondary">{parts.join(t("video.comma"))}</span>;
}
