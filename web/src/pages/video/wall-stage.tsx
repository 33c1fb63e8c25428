import { useEffect, useRef, useState } from "react";
import { serverNow } from "../../api/server-clock.ts";
import { classNames } from "../../components/class-names.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useSize } from "../../hooks/use-size.ts";
import { checkSession } from "../../shell/session.tsx";
import "../../styles/video.css";
import type { Placed } from "./arrange.ts";
import { CameraVideo } from "./camera-video.tsx";
import { type Pictures, STALLED_AFTER_MS } from "./pictures.ts";
import { TileFace } from "./tile-face.tsx";
import { usePageSeen, usePictures } from "./use-pictures.ts";
import { WallClient } from "./wall-client.ts";
import { type Place, WallPainter } from "./wall-painter.ts";

type Props = {
  tiles: readonly Placed[];
  /** Cameras whose alert has just become urgent: played, nine cells large. */
  blocks: readonly Placed[];
  pictures: Pictures;
  onPress: (cameraId: string) => void;
};

const CELLS_IN_A_ROW = 9;

/** Eighty-one cameras as key frames on one canvas, over one connection. */
export function WallStage({ tiles, blocks, pictures, onPress }: Props) {
  const { t } = useLang();
  const now = usePictures(pictures);
  const [root, size] = useSize<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const ids = tiles.map(({ camera }) => camera.camera_id).join(" ");
  useWall({ canvas, root, size, ids, blockCount: blocks.length, pictures });
  return (
    <div ref={root} className="bm-wall-stage">
      <canvas ref={canvas} className="bm-wall-canvas" />
      <ul className="bm-stage bm-stage-wall" aria-label={t("video.pictures")}>
        {[...blocks, ...tiles].map((placed, index) => {
          const { camera, alert } = placed;
          const isBlock = index < blocks.length;
          return (
            <li
              key={camera.camera_id}
              data-cell={isBlock ? undefined : camera.camera_id}
              className={classNames("bm-video-tile", isBlock && "bm-video-block", alert && `bm-video-${alert.level}`)}
            >
              {isBlock ? <CameraVideo camera={camera} profile="medium" pictures={pictures} /> : null}
              <TileFace
                placed={placed}
                picture={pictures.of(camera.camera_id)}
                now={now}
                stalledAfterMs={STALLED_AFTER_MS[isBlock ? "stream" : "wall"]}
                asked={isBlock ? "medium" : null}
                onPress={() => onPress(camera.camera_id)}
              />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

type Parts = {
  canvas: React.RefObject<HTMLCanvasElement | null>;
  root: React.RefObject<HTMLDivElement | null>;
  size: { width: number; height: number };
  /** The cameras of the cells, as one text: what they are called changes nothing. */
  ids: string;
  blockCount: number;
  pictures: Pictures;
};

/** Connects while the page is seen, and draws what comes where the cells lie. */
function useWall({ canvas, root, size, ids, blockCount, pictures }: Parts): void {
  const isSeen = usePageSeen();
  const [wall, setWall] = useState<{ client: WallClient; painter: WallPainter } | null>(null);
  useEffect(() => {
    if (!isSeen || canvas.current === null) return;
    const painter = new WallPainter(canvas.current);
    const client = new WallClient({
      onPicture: (cameraId, takenAt, jpeg) => {
        painter.paint(cameraId, jpeg);
        pictures.moved(cameraId, takenAt, serverNow());
      },
      onTrouble: (cameraId, trouble) => pictures.note(cameraId, { trouble }),
      onProblem: (problem) => {
        for (const cell of root.current?.querySelectorAll<HTMLElement>("[data-cell]") ?? [])
          pictures.note(cell.dataset.cell ?? "", { problem });
      },
      onSignedOut: () => void checkSession(),
    });
    setWall({ client, painter });
    return () => client.close();
  }, [isSeen, canvas, root, pictures]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: blocks push the cells about
  useEffect(() => {
    if (wall === null || root.current === null || size.width === 0) return;
    wall.painter.lay(placesIn(root.current), size);
    wall.client.show(ids === "" ? [] : ids.split(" "), Math.round(size.width / CELLS_IN_A_ROW));
  }, [wall, root, size, ids, blockCount]);
  useEffect(() => {
    const shown = ids === "" ? [] : ids.split(" ");
    return () => {
      for (const cameraId of shown) pictures.forget(cameraId);
    };
  }, [ids, pictures]);
}

function placesIn(root: HTMLElement): Map<string, Place> {
  const cells = [...root.querySelectorAll<HTMLElement>("[data-cell]")];
  return new Map(
    cells.map((cell) => [
      cell.dataset.cell ?? "",
      { left: cell.offsetLeft, top: cell.offsetTop, width: cell.offsetWidth, height: cell.offsetHeight },
    ]),
  );
}
