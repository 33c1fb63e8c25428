import type { Alert, Camera, VideoLayout, VideoView } from "@banksman/wire/api";
import { AlertLevel, type VideoProfile } from "@banksman/wire/model";

/** How a layout's tiles are made: a few full streams, up to sixteen low ones, or key frames on one canvas. */
export type Tier = "focus" | "grid" | "wall";

const TIERS: Record<VideoLayout, Tier> = { "1": "focus", "4": "focus", "16": "grid", "81": "wall" };

/** A phone shows a column of low streams, whatever the layout. */
export const tierOf = (layout: VideoLayout, isPhone: boolean): Tier => (isPhone ? "grid" : TIERS[layout]);

export const profileOf = (tier: Tier): VideoProfile => (tier === "focus" ? "source" : "low");

export const columnsOf = (layout: VideoLayout): number => Math.sqrt(Number(layout));

type Wanted = { siteId: string | null; region: string | null; view: VideoView | undefined };

const compare = new Intl.Collator("en", { numeric: true }).compare;

/** The cameras that were chosen: a view's in its own order, others by site and name. */
export function chosenCameras(cameras: readonly Camera[], { siteId, region, view }: Wanted): Camera[] {
  const within = cameras.filter(
    (camera) => (siteId === null || camera.site_id === siteId) && (region === null || camera.region === region),
  );
  if (view === undefined) return within.toSorted((a, b) => compare(a.site_id, b.site_id) || compare(a.name, b.name));
  const byId = new Map(within.map((camera) => [camera.camera_id, camera]));
  return view.camera_ids.flatMap((id) => byId.get(id) ?? []);
}

/** A camera with the worst open alert of what it looks at. */
export type Placed = { camera: Camera; alert: Alert | null };

const LOUD = AlertLevel.options.slice(0, AlertLevel.options.indexOf("severe") + 1);

/** The container that an alert is about; null for one of a whole site. */
function containerOf({ target }: Alert): string | null {
  if (target?.container != null) return target.container;
  return target?.kind === "container" || target?.kind === "cooling" ? target.id : null;
}

/** What a cooling unit is called beside its address; null where it has no name. */
export type UnitNames = (siteId: string, host: string) => string | null;

/** An alert of a container belongs to that container's cameras; one of the site to those that look at no container. */
function isAbout(alert: Alert, { site_id, container }: Camera, nameOf: UnitNames): boolean {
  if (alert.target?.site_id !== site_id) return false;
  const about = containerOf(alert);
  return about === container || (container !== null && about !== null && nameOf(site_id, about) === container);
}

/** Puts cameras with an open alert first, the worst first; the others keep their order. */
export function withAlerts(cameras: readonly Camera[], alerts: readonly Alert[], nameOf: UnitNames): Placed[] {
  const rank = (alert: Alert) => LOUD.indexOf(alert.level);
  const loud = alerts
    .filter((alert) => rank(alert) >= 0 && alert.suppressed === null && alert.state !== "resolved")
    .toSorted((a, b) => rank(a) - rank(b));
  const placed = cameras.map((camera) => ({
    camera,
    alert: loud.find((alert) => isAbout(alert, camera, nameOf)) ?? null,
  }));
  const place = ({ alert }: Placed) => (alert === null ? LOUD.length : rank(alert));
  return placed.toSorted((a, b) => place(a) - place(b));
}

/** Which page it is the turn of, by the wall clock: two screens side by side show the same. */
export const turnAt = (pages: number, everyS: number, now: number): number =>
  Math.floor(now / (everyS * 1_000)) % Math.max(1, pages);

/** Seconds until the next turn. */
export const leftOfTurn = (everyS: number, now: number): number => everyS - Math.floor((now / 1_000) % everyS);

/** The tile to which an arrow key leads; the same where the grid ends. */
export function neighbour(place: number, key: string, columns: number, count: number): number {
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key] ?? 0;
  const next = place + step;
  return next >= 0 && next < count ? next : place;
}
