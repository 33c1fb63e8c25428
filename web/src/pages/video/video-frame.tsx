import { type ReactNode, useEffect } from "react";
import { PageTabs } from "../../components/page-tabs.tsx";
import { useLang } from "../../hooks/use-lang.ts";

/** What the video pages have in common: title and the tabs between them. */
export function VideoFrame({ extra, children }: { extra?: ReactNode; children: ReactNode }) {
  const { t } = useLang();
  useEffect(() => {
    document.title = `${t("video.title")} · Banksman`;
  }, [t]);
  return (
    <div className="bm-stack">
      <div className="bm-page-head">
        <h1>{t("video.title")}</h1>
        <span className="bm-grow" />
        {extra}
      </div>
      <PageTabs
        label={t("video.tabs")}
        tabs={[
          { to: "/video", text: t("video.live"), end: true },
          { to: "/video/cameras", text: t("video.cameras") },
        ]}
      />
      {children}
    </div>
  );
}
