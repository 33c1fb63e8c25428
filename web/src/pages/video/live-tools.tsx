import { Button, Space } from "antd";
import { Link } from "react-router";
import { Icon } from "../../components/icons.tsx";
import { ChoiceFilter } from "../../components/table-filters.tsx";
import { duration } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useSiteName } from "../../shell/use-current-site.ts";
import { LayoutChoice } from "./layout-choice.tsx";
import { TURNS_S } from "./screen-of.ts";
import type { VideoScreen } from "./use-video-view.ts";

type Props = { screen: VideoScreen; onFull: () => void; onViews: () => void };

/** What is chosen above the pictures: layout, site, region or view, turning of pages. */
export function LiveTools({ screen, onFull, onViews }: Props) {
  const { t } = useLang();
  return (
    <div className="bm-video-tools">
      {screen.isPhone ? null : <LayoutChoice screen={screen} size="small" />}
      <Which screen={screen} />
      <Button size="small" onClick={onViews}>
        {t("video.views")}
      </Button>
      {screen.pages > 1 ? <Turning screen={screen} /> : null}
      <span className="bm-grow" />
      {screen.isPhone ? null : (
        <>
          <Button size="small" icon={<Icon name="fit" />} onClick={onFull}>
            {t("video.full")}
          </Button>
          <Link to={`/video/wall?${screen.params}`}>{t("video.wall")}</Link>
        </>
      )}
    </div>
  );
}

/** Which cameras: a site's, a region's, a view's. */
function Which({ screen: { params, cameras, views, view, choose } }: { screen: VideoScreen }) {
  const { t } = useLang();
  const nameOf = useSiteName();
  const sites = [...new Set(cameras.map(({ site_id }) => site_id))].map((value) => ({ value, label: nameOf(value) }));
  const regions = [...new Set(cameras.flatMap(({ region }) => region ?? []))].map((value) => ({ value, label: value }));
  return (
    <>
      <ChoiceFilter
        isLong
        label={t("video.site")}
        value={params.get("site")}
        options={sites}
        onChange={(site) => choose({ site })}
      />
      {regions.length > 0 ? (
        <ChoiceFilter
          label={t("video.region")}
          value={params.get("region")}
          options={regions}
          onChange={(region) => choose({ region })}
        />
      ) : null}
      {views.length > 0 ? (
        <ChoiceFilter
          isLong
          label={t("video.view")}
          value={view?.view_id ?? null}
          options={views.map(({ view_id, name }) => ({ value: view_id, label: name }))}
          // A view brings its own layout and cameras.
          onChange={(chosen) => choose({ view: chosen, layout: null, site: null, region: null })}
        />
      ) : null}
    </>
  );
}

/** Pages, by hand or by themselves. */
function Turning({ screen: { turn, everyS, set } }: { screen: VideoScreen }) {
  const { t, lang } = useLang();
  return (
    <>
      <Space.Compact>
        <Button size="small" icon={<Icon name="left" />} aria-label={t("video.before")} onClick={() => turn(-1)} />
        <Button size="small" icon={<Icon name="right" />} aria-label={t("video.next")} onClick={() => turn(1)} />
      </Space.Compact>
      <ChoiceFilter
        label={t("video.turn")}
        value={everyS > 0 ? String(everyS) : null}
        options={TURNS_S.map((value) => ({
          value,
          label: t("video.turnEvery", { time: duration(Number(value), lang) }),
        }))}
        onChange={(rotate) => set({ rotate, page: null })}
      />
    </>
  );
}
