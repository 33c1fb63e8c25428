import { VideoLayout } from "@banksman/wire/api";
import { Segmented } from "antd";
import { useLang } from "../../hooks/use-lang.ts";
import { columnsOf } from "./arrange.ts";
import type { VideoScreen } from "./use-video-view.ts";

/** One, four, sixteen or eighty-one tiles. */
export function LayoutChoice({ screen: { layout, choose }, size }: { screen: VideoScreen; size: "small" | "large" }) {
  const { t } = useLang();
  return (
    <Segmented
      size={size}
      aria-label={t("video.layout")}
      value={layout}
      options={VideoLayout.options.map((value) => ({ value, label: `${columnsOf(value)} × ${columnsOf(value)}` }))}
      onChange={(value) => choose({ layout: String(value) })}
    />
  );
}
