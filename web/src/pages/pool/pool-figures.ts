import type { PoolUser, PoolWindow, PoolWindowFigures } from "@banksman/wire/api";
import { type Figure, hashrate, type Scale } from "../../format/format.ts";

/** Hashes a second as the screen's figure; the wire's own unit for machines is GH/s. */
export const poolHashrate = (hs: number | null | undefined, scale: Scale): Figure =>
  hashrate(hs === null || hs === undefined ? null : hs / 1e9, scale);

type Windows = Pick<PoolUser, "windows">;

export const windowOf = ({ windows }: Windows, window: PoolWindow): PoolWindowFigures | undefined =>
  windows.find((one) => one.window === window);

/** The window that a list shows: long enough to be steady, short enough to tell who stopped. */
export const LIST_WINDOW: PoolWindow = "15m";
export const listHashrate = (row: Windows): number | null => windowOf(row, LIST_WINDOW)?.hashrate_hs ?? null;
export const hourRejects = (row: Windows): number | null => windowOf(row, "1h")?.reject_share ?? null;
export const userPath = (puid: string): string => `/pool/users/${encodeURIComponent(puid)}`;
