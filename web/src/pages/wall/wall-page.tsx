import { GetCoolingOverview, ListAlerts } from "@banksman/wire/api";
import { useEffect, useState } from "react";
import { useRoute } from "../../api/query.ts";
import { LATE_AFTER } from "../../components/age.tsx";
import { classNames } from "../../components/class-names.ts";
import { Icon, Logo } from "../../components/icons.tsx";
import { browserZone, clock, duration, zoneLabel } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useNow } from "../../hooks/use-now.ts";
import { AlertFeed } from "../../shell/alert-feed.tsx";
import { useSession } from "../../shell/session.tsx";
import { useSites } from "../../shell/use-current-site.ts";
import { useNewest } from "../../shell/use-lateness.ts";
import { useCoolingLive } from "../cooling/use-cooling.ts";
import { WallAlerts } from "./wall-alerts.tsx";
import { WallCooling } from "./wall-cooling.tsx";
import { WallFleet } from "./wall-fleet.tsx";
import { isDue, shiftAt, takingOver, viewAt, type WallView } from "./wall-turn.ts";

const STARTED_AT = Date.now();
const ALERTS_EVERY_MS = 10_000;
const MOST_ALERTS = 20;

/** The wall: fleet and cooling in turn for a screen that nobody touches, from 1920×1080 to 4K and wider. */
export default function WallPage() {
  const { t } = useLang();
  useEffect(() => {
    document.title = `${t("wall.title")} · Banksman`;
  }, [t]);
  return (
    <AlertFeed>
      <Wall />
    </AlertFeed>
  );
}

function Wall() {
  const { t } = useLang();
  const { canAtSites } = useSession();
  const now = useNow();
  useCoolingLive();
  const sites = useSites();
  const asked = (needs: "reading.read" | "alert.read") => ({
    enabled: canAtSites(needs),
    every: ALERTS_EVERY_MS,
    keep: true,
  });
  const cooling = useRoute(GetCoolingOverview, { query: {} }, asked("reading.read"));
  const query = { per_page: MOST_ALERTS };
  const found = useRoute(ListAlerts, { query }, asked("alert.read"));
  const alerts = found.data?.alerts ?? [];
  const views: WallView[] = (cooling.data?.units ?? 0) > 0 ? ["fleet", "cooling"] : ["fleet"];
  const view = viewAt(views, now);
  const urgent = takingOver(alerts, now);
  useRestart(now, sites.error === null);
  const [x, y] = shiftAt(now);
  const zoom = useZoom();
  const late = useLate(now, view === "cooling" ? (cooling.data?.newest_at ?? null) : null, sites.error !== null);
  return (
    <main id="content" data-page="/wall" className={classNames("bm-wall", late !== null && "bm-wall-late")}>
      <div className="bm-wall-page" style={{ zoom, transform: `translate(${x}px, ${y}px)` }}>
        <WallHead view={view} place={views.indexOf(view) + 1} of={views.length} late={late} />
        <div className={classNames("bm-wall-body", urgent.length > 0 && "bm-wall-halves")}>
          {view === "cooling" ? <WallCooling overview={cooling.data} /> : <WallFleet alerts={alerts} />}
          {urgent.length > 0 ? <WallAlerts alerts={urgent} label={t("wall.urgent")} /> : null}
        </div>
      </div>
    </main>
  );
}

const zoomOfWindow = () => Math.min(window.innerWidth / 1_920, window.innerHeight / 1_080);

/** How much larger than 1920 × 1080 the screen is; a wider one has more room at the sides instead. */
function useZoom(): number {
  const [zoom, set] = useState(zoomOfWindow);
  useEffect(() => {
    const note = () => set(zoomOfWindow());
    window.addEventListener("resize", note);
    return () => window.removeEventListener("resize", note);
  }, []);
  return zoom;
}

/** Loads the page anew once a day; before that only a server that doesn't answer could be met. */
function useRestart(now: number, answers: boolean): void {
  const due = isDue(STARTED_AT, now, answers);
  useEffect(() => {
    if (due) window.location.reload();
  }, [due]);
}

/** How old the newest data is when that is too old; null while it is well. */
function useLate(now: number, coolingAt: string | null, isLost: boolean): number | null {
  const newest = useNewest();
  const at = coolingAt ?? newest.at;
  const interval = coolingAt === null ? newest.interval : 60;
  const age = at === null ? null : (now - Date.parse(at)) / 1_000;
  if (age === null) return isLost ? 0 : null;
  return isLost || age > LATE_AFTER * interval ? age : null;
}

type HeadProps = { view: WallView; place: number; of: number; late: number | null };

function WallHead({ view, place, of, late }: HeadProps) {
  const { t, lang } = useLang();
  const now = useNow();
  const zone = browserZone();
  const [isFull, setFull] = useState(document.fullscreenElement !== null);
  useEffect(() => {
    const note = () => setFull(document.fullscreenElement !== null);
    document.addEventListener("fullscreenchange", note);
    return () => document.removeEventListener("fullscreenchange", note);
  }, []);
  return (
    <header className="bm-wall-head">
      <Logo />
      <h1>{t("product")}</h1>
      <span className="bm-secondary">
        {t(`wall.view.${view}`)} · {t("wall.page", { place, of })}
      </span>
      <span className="bm-grow" />
      {late === null ? null : (
        <strong className="bm-wall-late-word" role="status">
          <Icon name="warning" size={28} /> {t("wall.late", { age: duration(late, lang) })}
        </strong>
      )}
      <time>
        {clock(now, zone)} <small className="bm-wall-zone">{zoneLabel(now, zone)}</small>
      </time>
      {isFull ? null : (
        <button
          type="button"
          className="bm-wall-full"
          aria-label={t("wall.full")}
          title={t("wall.full")}
          onClick={() => void document.documentElement.requestFullscreen().catch(() => undefined)}
        >
          <Icon name="fit" size={20} />
        </button>
      )}
    </header>
  );
}
