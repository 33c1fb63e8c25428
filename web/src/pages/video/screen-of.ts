import { type Alert, type Camera, VideoLayout, type VideoView } from "@banksman/wire/api";
import { takingOver } from "../wall/wall-turn.ts";
import {
  chosenCameras,
  leftOfTurn,
  type Placed,
  type Tier,
  tierOf,
  turnAt,
  type UnitNames,
  withAlerts,
} from "./arrange.ts";

/** How often pages turn, where people want that. */
export const TURNS_S = ["15", "30", "60", "300"] as const;

const PHONE_TILES = 16;
/** On the wall of key frames a fresh urgent alert turns its camera into video, nine cells large. */
const MOST_BLOCKS = 2;
const BLOCK_CELLS = 9;

type Given = {
  cameras: readonly Camera[];
  alerts: readonly Alert[];
  views: readonly VideoView[];
  params: URLSearchParams;
  now: number;
  isPhone: boolean;
  /** The layout where neither the address nor a view names one. */
  usual: VideoLayout;
  nameOf: UnitNames;
};

/** What an address shows of the cameras there are: in which layout, which of them, which page. */
export function screenOf({ cameras, alerts, views, params, now, isPhone, usual, nameOf }: Given) {
  const view = views.find(({ view_id }) => view_id === params.get("view"));
  const layout = VideoLayout.safeParse(params.get("layout")).data ?? view?.layout ?? usual;
  const tier = tierOf(layout, isPhone);
  const wanted = { siteId: params.get("site"), region: params.get("region"), view };
  const placed = withAlerts(chosenCameras(cameras, wanted), alerts, nameOf);
  const promoted = placed.find(({ camera }) => camera.camera_id === params.get("camera"));
  const blocks = blocksOf(placed, tier, now);
  const rest = placed.filter((one) => !blocks.includes(one));
  const perPage = isPhone ? PHONE_TILES : Number(layout) - blocks.length * BLOCK_CELLS;
  const turning = pageOf(params, Math.max(1, Math.ceil(rest.length / perPage)), promoted === undefined, now);
  const tiles = promoted ? [promoted] : rest.slice(turning.page * perPage, (turning.page + 1) * perPage);
  // `placed` is all that were chosen, on whatever page.
  return { view, layout, tier, placed, promoted, blocks, tiles, ...turning };
}

function blocksOf(placed: readonly Placed[], tier: Tier, now: number): Placed[] {
  if (tier !== "wall") return [];
  return placed.filter(({ alert }) => alert !== null && takingOver([alert], now).length > 0).slice(0, MOST_BLOCKS);
}

/** The page that is shown; `nextInS` is null while pages don't turn by themselves. */
function pageOf(params: URLSearchParams, pages: number, mayTurn: boolean, now: number) {
  const everyS = Number(TURNS_S.find((seconds) => seconds === params.get("rotate")) ?? 0);
  if (everyS > 0 && pages > 1 && mayTurn)
    return { pages, everyS, page: turnAt(pages, everyS, now), nextInS: leftOfTurn(everyS, now) };
  const named = Math.min(Math.max(Number(params.get("page")) || 1, 1), pages) - 1;
  return { pages, everyS, page: named, nextInS: null };
}
