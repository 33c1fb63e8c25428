import { type Camera, WatchCamera } from "@banksman/wire/api";
import type { VideoProfile } from "@banksman/wire/model";
import { useEffect, useRef } from "react";
import { call } from "../../api/client.ts";
import { serverNow } from "../../api/server-clock.ts";
import type { Pictures } from "./pictures.ts";
import { StreamPlayer } from "./stream-player.ts";
import { useSeen } from "./use-pictures.ts";

type Props = { camera: Pick<Camera, "site_id" | "camera_id">; profile: VideoProfile; pictures: Pictures };

/** A camera's stream, played for as long as it is on the screen and no longer. */
export function CameraVideo({ camera: { site_id, camera_id }, profile, pictures }: Props) {
  const ref = useRef<HTMLVideoElement>(null);
  const isSeen = useSeen(ref);
  useEffect(() => {
    if (!isSeen || ref.current === null) return;
    const watch = (signal: AbortSignal) =>
      call(WatchCamera, { params: { site_id, camera_id }, body: { profile } }, signal);
    const player = new StreamPlayer(ref.current, watch, {
      onMoved: (takenAt) => pictures.moved(camera_id, takenAt, serverNow()),
      onGiven: (given) => pictures.note(camera_id, { profile: given.profile, reason: given.reason, problem: null }),
      onProblem: (problem) => pictures.note(camera_id, { problem }),
    });
    return () => {
      player.close();
      pictures.forget(camera_id);
    };
  }, [isSeen, site_id, camera_id, profile, pictures]);
  return <video ref={ref} className="bm-tile-picture" muted playsInline tabIndex={-1} aria-hidden="true" />;
}
