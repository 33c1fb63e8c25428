import { GetRecordingFile, type Recording } from "@banksman/wire/api";
import { useEffect, useRef } from "react";
import { addressOf } from "../../api/client.ts";
import { useLang } from "../../hooks/use-lang.ts";
import "../../styles/video.css";

type Props = {
  recording: Recording;
  /** The moment to show first, in ms since 1970; another one seeks. */
  atMs: number;
  onMove?: (atMs: number) => void;
  onEnd?: () => void;
};

/** Plays a recorded part from a moment on. */
export function RecordingPlayer({ recording, atMs, onMove, onEnd }: Props) {
  const { t } = useLang();
  const ref = useRef<HTMLVideoElement>(null);
  const { recording_id, from, camera_name } = recording;
  const fromMs = Date.parse(from);
  const source = addressOf(GetRecordingFile, { params: { recording_id } });
  useEffect(() => {
    const video = ref.current;
    if (video === null) return;
    const seek = () => {
      video.currentTime = Math.max(0, (atMs - fromMs) / 1_000);
      // Before anybody pressed anything a browser plays nothing: its own button is there.
      void video.play().catch(() => undefined);
    };
    if (video.readyState > 0) seek();
    else video.addEventListener("loadedmetadata", seek, { once: true });
    return () => video.removeEventListener("loadedmetadata", seek);
  }, [atMs, fromMs]);
  useEffect(() => {
    const video = ref.current;
    if (video === null) return;
    video.src = source;
    return () => {
      video.removeAttribute("src");
      video.load();
    };
  }, [source]);
  return (
    <video
      ref={ref}
      className="bm-recording"
      controls
      muted
      playsInline
      aria-label={t("recordings.of", { name: camera_name })}
      onTimeUpdate={({ currentTarget }) => {
        if (currentTarget.readyState > 1) onMove?.(fromMs + currentTarget.currentTime * 1_000);
      }}
      onEnded={onEnd}
    />
  );
}
