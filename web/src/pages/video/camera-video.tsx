import { type Camera, WatchCamera } from "@banksman/wire/api";
import { CameraTrouble, type VideoProfile } from "@banksman/wire/model";
import { useEffect, useRef } from "react";
import { call } from "../../api/client.ts";
import type { ApiProblem } from "../../api/problem.ts";
import { serverNow } from "../../api/server-clock.ts";
import type { Picture, Pictures } from "./pictures.ts";
import { StreamPlayer } from "./stream-player.ts";
import { useSeen } from "./use-pictures.ts";

/** A camera's failure has a name that can be said in anybody's language; others are told in the server's words. */
function wordsOf(problem: ApiProblem | null): Pick<Picture, "problem" | "trouble"> {
  if (problem === null) return { problem: null, trouble: "unplayable" };
  if (problem.code === "network") return { problem: null, trouble: "no_server" };
  const trouble = CameraTrouble.safeParse(/^CAMERA_(\w+)$/.exec(problem.code)?.[1]?.toLowerCase());
  return trouble.success ? { problem: null, trouble: trouble.data } : { problem: problem.detail, trouble: null };
}

type Props = { camera: Pick<Camera, "site_id" | "camera_id">; profile: VideoProfile; pictures: Pictures };

/** A camera's stream, played for as long as it is on the screen and no longer. */
export function CameraVideo({ camera: { site_id, camera_id }, profile, pictures }: Props) {
  const ref = useRef<HTMLVideoElement>(null);
  const isSeen = useSeen(ref);
  useEffect(() => {
    if (!isSeen || ref.current === null) return;
    const watch = (wished: VideoProfile, signal: AbortSignal) =>
      call(WatchCamera, { params: { site_id, camera_id }, body: { profile: wished } }, signal);
    const player = new StreamPlayer(ref.current, watch, profile, {
      onMoved: (takenAt) => pictures.moved(camera_id, takenAt, serverNow()),
      onGiven: (given) => pictures.note(camera_id, { profile: given.profile, reason: given.reason }),
      onProblem: (problem) => pictures.note(camera_id, wordsOf(problem)),
    });
    return () => {
      player.close();
      pictures.forget(camera_id);
    };
  }, [isSeen, site_id, camera_id, profile, pictures]);
  return <video ref={ref} className="bm-tile-picture" muted playsInline tabIndex={-1} aria-hidden="true" />;
}
