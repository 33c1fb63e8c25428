import { ListAlerts, ListCameras, ListCoolingUnits, ListVideoViews, VideoLayout } from "@banksman/wire/api";
import { useState } from "react";
import { useRoute } from "../../api/query.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useNow } from "../../hooks/use-now.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { useSession } from "../../shell/session.tsx";
import { takingOver } from "../wall/wall-turn.ts";
import { chosenCameras, leftOfTurn, tierOf, turnAt, type UnitNames, withAlerts } from "./arrange.ts";
import { Pictures } from "./pictures.ts";

export const CAMERAS_EVERY_MS = 15_000;
const ALERTS_EVERY_MS = 30_000;
const UNITS_EVERY_MS = 300_000;
const MOST_ALERTS = 200;
const PHONE_TILES = 16;

/** How often pages turn, where people want that. */
export const TURNS_S = ["15", "30", "60", "300"] as const;

/** On the wall of key frames a fresh urgent alert turns its camera into video, nine cells large. */
const MOST_BLOCKS = 2;
export const BLOCK_CELLS = 9;

/** What the video pages show: which cameras, in which layout, which page of them. All of it stands in the address. */
export function useVideoView(usual: VideoLayout) {
  const { params, set, push } = useUrlState();
  const { can } = useSession();
  const isPhone = usePhone();
  const now = useNow();
  const [pictures] = useState(() => new Pictures());
  const found = useRoute(ListCameras, { query: {} }, { every: CAMERAS_EVERY_MS, keep: true });
  const views = useRoute(ListVideoViews, {}, { keep: true }).data?.views ?? [];
  const query = { level: "urgent,severe", per_page: MOST_ALERTS };
  const options = { enabled: can("alert.read"), every: ALERTS_EVERY_MS, keep: true };
  const alerts = useRoute(ListAlerts, { query }, options).data?.alerts ?? [];
  const nameOf = useUnitNames();

  const view = views.find(({ view_id }) => view_id === params.get("view"));
  const layout = VideoLayout.safeParse(params.get("layout")).data ?? view?.layout ?? usual;
  const tier = tierOf(layout, isPhone);
  const wanted = { siteId: params.get("site"), region: params.get("region"), view };
  const placed = withAlerts(chosenCameras(found.data?.cameras ?? [], wanted), alerts, nameOf);

  const blocks =
    tier === "wall"
      ? placed.filter(({ alert }) => alert !== null && takingOver([alert], now).length > 0).slice(0, MOST_BLOCKS)
      : [];
  const rest = placed.filter((one) => !blocks.includes(one));
  const perPage = isPhone ? PHONE_TILES : Number(layout) - blocks.length * BLOCK_CELLS;
  const pages = Math.max(1, Math.ceil(rest.length / perPage));
  const everyS = Number(TURNS_S.find((seconds) => seconds === params.get("rotate")) ?? 0);
  const promoted = placed.find(({ camera }) => camera.camera_id === params.get("camera"));
  const turns = everyS > 0 && pages > 1 && promoted === undefined;
  const named = Math.min(Math.max(Number(params.get("page")) || 1, 1), pages) - 1;
  const page = turns ? turnAt(pages, everyS, now) : named;

  return {
    found,
    views,
    view,
    layout,
    tier,
    isPhone,
    pictures,
    /** All that were chosen. */
    placed,
    blocks,
    tiles: promoted ? [promoted] : rest.slice(page * perPage, (page + 1) * perPage),
    promoted,
    page,
    pages,
    /** Seconds to the next page; null while pages don't turn by themselves. */
    nextInS: turns ? leftOfTurn(everyS, now) : null,
    everyS,
    params,
    set,
    promote: (cameraId: string | null) => push({ camera: cameraId }),
    choose: (change: Record<string, string | null>) => set({ page: null, camera: null, ...change }),
    /** Turned by hand, pages stay where they are. */
    turn: (by: number) => set({ page: String(((page + by + pages) % pages) + 1), rotate: null }),
  };
}

/** How cooling units are called: a camera may name what it looks at so, while an alert names the unit's address. */
function useUnitNames(): UnitNames {
  const { can } = useSession();
  const query = { values: "supply.temp" };
  const options = { enabled: can("reading.read"), every: UNITS_EVERY_MS, keep: true };
  const units = useRoute(ListCoolingUnits, { query }, options).data?.units ?? [];
  return (siteId, host) => units.find((unit) => unit.site_id === siteId && unit.host === host)?.name ?? null;
}

export type VideoScreen = ReturnType<typeof useVideoView>;
