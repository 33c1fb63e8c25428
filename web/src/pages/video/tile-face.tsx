import type { VideoProfile } from "@banksman/wire/model";
import { classNames } from "../../components/class-names.ts";
import { Icon } from "../../components/icons.tsx";
import { LevelGlyph } from "../../components/level-pill.tsx";
import { duration } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import type { Placed } from "./arrange.ts";
import { type Picture, type PictureState, stateOf } from "./pictures.ts";

type Props = {
  placed: Placed;
  picture: Picture;
  now: number;
  stalledAfterMs: number;
  /** The stream that was asked for; null where single pictures are shown. */
  asked: VideoProfile | null;
  onPress: () => void;
};

/** What is said of a picture, over it: a button as large as the tile, with name, age, level, and why nothing moves. */
export function TileFace({ placed: { camera, alert }, picture, now, stalledAfterMs, asked, onPress }: Props) {
  const { t, lang } = useLang();
  const state = stateOf(picture, now, stalledAfterMs);
  const age = picture.takenAt === null ? null : duration((now - picture.takenAt) / 1_000, lang);
  const isLower = asked !== null && picture.profile !== null && picture.profile !== asked;
  const given = t(`video.profile.${picture.profile ?? "source"}`);
  return (
    <button
      type="button"
      data-tile={camera.camera_id}
      className={classNames("bm-tile-face", `bm-tile-${state}`)}
      onClick={onPress}
    >
      <span className="bm-tile-words">
        <Words state={state} picture={picture} trouble={picture.trouble ?? camera.trouble} age={age} />
      </span>
      <span className="bm-tile-foot">
        {alert ? (
          <>
            <LevelGlyph level={alert.level} size={16} />
            <span className="bm-spoken">{t(`level.${alert.level}`)}</span>
          </>
        ) : null}
        <b className="bm-tile-name">{camera.name}</b>
        <span className="bm-grow" />
        {isLower ? (
          <small className="bm-tile-lower">
            {picture.reason === null ? given : t("video.lower", { profile: given, reason: picture.reason })}
          </small>
        ) : null}
        <span className="bm-tile-age">{age ?? t(state === "none" ? "video.noPicture" : "video.waiting")}</span>
      </span>
    </button>
  );
}

type WordsProps = { state: PictureState; picture: Picture; trouble: Picture["trouble"]; age: string | null };

function Words({ state, picture: { problem }, trouble, age }: WordsProps) {
  const { t } = useLang();
  const why = problem || (trouble === null ? null : t(`video.trouble.${trouble}`));
  if (state === "live") return null;
  if (state === "stalled")
    return (
      <>
        <Icon name="clock" size={24} />
        <b>{t("video.stalled", { age: age ?? "" })}</b>
        {why === null ? null : <span>{why}</span>}
      </>
    );
  // A camera that nobody watched yet may have failed before: that is said until it shows something.
  if (state === "waiting" && why === null) return null;
  return (
    <>
      <Icon name="camera" size={24} />
      <b>{why ?? t("video.noPicture")}</b>
    </>
  );
}
