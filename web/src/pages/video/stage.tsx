import type { VideoLayout } from "@banksman/wire/api";
import type { CSSProperties } from "react";
import { classNames } from "../../components/class-names.ts";
import { useLang } from "../../hooks/use-lang.ts";
import "../../styles/video.css";
import { columnsOf, type Placed, profileOf, type Tier } from "./arrange.ts";
import { CameraVideo } from "./camera-video.tsx";
import { type Pictures, STALLED_AFTER_MS } from "./pictures.ts";
import { TileFace } from "./tile-face.tsx";
import { usePictures } from "./use-pictures.ts";

type Props = {
  tiles: readonly Placed[];
  layout: VideoLayout;
  tier: Tier;
  pictures: Pictures;
  onPress: (cameraId: string) => void;
};

/** Tiles of equal size, each playing its camera's stream. */
export function Stage({ tiles, layout, tier, pictures, onPress }: Props) {
  const { t } = useLang();
  const now = usePictures(pictures);
  const profile = profileOf(tier);
  const style: CSSProperties & Record<"--columns", number> = { "--columns": columnsOf(layout) };
  return (
    <ul className="bm-stage" style={style} aria-label={t("video.pictures")}>
      {tiles.map((placed) => {
        const { camera, alert } = placed;
        return (
          <li key={camera.camera_id} className={classNames("bm-video-tile", alert && `bm-video-${alert.level}`)}>
            <CameraVideo camera={camera} profile={profile} pictures={pictures} />
            <TileFace
              placed={placed}
              picture={pictures.of(camera.camera_id)}
              now={now}
              stalledAfterMs={STALLED_AFTER_MS.stream}
              asked={profile}
              onPress={() => onPress(camera.camera_id)}
            />
          </li>
        );
      })}
    </ul>
  );
}
