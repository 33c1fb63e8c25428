import type { CameraLook, ReplyOf, TryCamera } from "@banksman/wire/api";
import type { CameraTrouble } from "@banksman/wire/model";
import { useEffect, useRef } from "react";
import { Icon } from "../../components/icons.tsx";
import { number } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import "../../styles/video.css";

type Props = { found: ReplyOf<typeof TryCamera>["data"] | undefined; isPending: boolean };

/** What came of trying a camera: its picture, or what is wrong and what to do. Under the buttons, which stay where they are. */
export function CameraTrial({ found, isPending }: Props) {
  const { t } = useLang();
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (found || isPending) ref.current?.scrollIntoView({ block: "nearest" });
  }, [found, isPending]);
  return (
    <div ref={ref} className="bm-camera-trial" role="status">
      {isPending ? <p className="bm-muted">{t("cameras.trying")}</p> : null}
      {found ? <Main look={found.main} /> : null}
      {found?.low ? <Low look={found.low} /> : null}
    </div>
  );
}

function Main({ look }: { look: CameraLook }) {
  const { t } = useLang();
  if (look.is === "trouble") return <Trouble trouble={look.trouble} />;
  return (
    <figure>
      <img src={`data:image/jpeg;base64,${look.jpeg}`} alt={t("cameras.triedPicture")} />
      <figcaption className="bm-secondary">
        {t("cameras.triedWorks", { seconds: number(look.took_ms / 1_000, 1) })}
      </figcaption>
    </figure>
  );
}

function Low({ look }: { look: CameraLook }) {
  const { t } = useLang();
  if (look.is === "trouble") return <Trouble trouble={look.trouble} of={t("cameras.triedLowFails")} />;
  return <p className="bm-secondary">{t("cameras.triedLow")}</p>;
}

function Trouble({ trouble, of }: { trouble: CameraTrouble; of?: string }) {
  const { t } = useLang();
  return (
    <div className="bm-camera-trouble">
      <Icon name="warning" />
      <div>
        {of ? <p>{of}</p> : null}
        <b>{t(`video.trouble.${trouble}`)}</b>
        <p>{t(`cameras.advice.${trouble}`)}</p>
      </div>
    </div>
  );
}
