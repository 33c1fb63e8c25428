import type { Order, PoolSetting } from "@banksman/wire/model";
import type { DeviceReading } from "../family.ts";

/** What one look at the device shows: `done`, or what is still missing. */
export type Look = { done: boolean; seen: string };

/** How an order shows in readings: called with each one after it, and the seconds that have passed since. */
export type Watch = { withinSeconds: number; look: (reading: DeviceReading, sinceSeconds: number) => Look };

/** Readings take time, and devices round their uptime. */
const ROUNDING_SECONDS = 3;

/** What is watched for after an order; null where readings don't show it. `before` is the last reading before it. */
export function watchFor(order: Order, before: DeviceReading): Watch | null {
  switch (order.order) {
    case "reboot":
      return { withinSeconds: 300, look: restarted(before, true) };
    case "restart_hashing":
      return { withinSeconds: 180, look: restarted(before, false) };
    case "pools_set":
      return { withinSeconds: 600, look: poolsChanged(order.pools, before) };
    case "mode_set":
      if (order.mode === "sleep") return { withinSeconds: 180, look: stopped };
      return { withinSeconds: 600, look: order.mode === "wake" ? hashes : answers };
    case "locate":
    case "power_target":
    case "raw":
    case "pools_get":
    case "mode_get":
    case "logs":
      return null;
  }
}

/**
 * The uptime began anew after the order. A machine whose uptime tells nothing (asleep, or just started) must be seen to
 * go away and to come back.
 */
function restarted(before: DeviceReading, goesAway: boolean): Watch["look"] {
  const old = before.uptime_seconds ?? null;
  let wasGone = false;
  return (reading, since) => {
    if (!reading.online) {
      wasGone = true;
      return { done: false, seen: `does not answer (${reading.offline_reason ?? "unknown"})` };
    }
    const uptime = reading.uptime_seconds ?? null;
    if (wasGone && goesAway) return { done: true, seen: "went away and came back" };
    const isNew = uptime !== null && uptime <= since + ROUNDING_SECONDS;
    if (isNew && old !== null && uptime < old) return { done: true, seen: `up for ${uptime} s, ${old} s before` };
    return { done: false, seen: uptime === null ? "tells no uptime" : `still up for ${uptime} s` };
  };
}

/** A miner with a share accepted since the change shows that the pool takes its work. */
function poolsChanged(asked: readonly PoolSetting[], before: DeviceReading): Watch["look"] {
  let baseline: number | null = null;
  return (reading) => {
    if (!reading.online) return { done: false, seen: `does not answer (${reading.offline_reason ?? "unknown"})` };
    const own = reading.pools?.filter((pool) => !pool.dev_fee) ?? [];
    if (!asked.every((pool, index) => isSame(pool, own[index]))) return { done: false, seen: `pools: ${listed(own)}` };
    if (reading.status === "sleeping" && before.status === "sleeping") {
      return { done: true, seen: `pools: ${listed(own)}; asleep, so that no share flows` };
    }
    const active = own.find((pool) => pool.active);
    const accepted = active?.accepted ?? reading.accepted_shares ?? null;
    if (!active) return { done: false, seen: `pools: ${listed(own)}; works for none yet` };
    if (accepted === null) {
      // API 3 of WhatsMiner counts no shares: hashing for the pool is all that it shows.
      const { done, seen } = hashes(reading);
      return { done, seen: `pools: ${listed(own)}; ${seen}, and tells no shares` };
    }
    if (baseline === null || accepted < baseline) baseline = accepted;
    const flows = accepted > baseline;
    return { done: flows, seen: `pools: ${listed(own)}; ${flows ? "shares are accepted" : "no share accepted yet"}` };
  };
}

const listed = (pools: readonly { url: string; worker?: string | null | undefined }[]): string =>
  pools.map(({ url, worker }) => `${url} as ${worker ?? "nobody"}`).join(", ") || "none";

/** Firmwares add or drop the scheme and a slash at the end. */
const bare = (url: string) =>
  url
    .trim()
    .toLowerCase()
    .replace(/^stratum\+tcp:\/\//, "")
    .replace(/\/+$/, "");

export const isSame = (
  asked: { url: string; worker?: string | null | undefined },
  found: { url: string; worker?: string | null | undefined } | undefined,
): boolean =>
  found !== undefined && bare(asked.url) === bare(found.url) && (asked.worker ?? "") === (found.worker ?? "");

function stopped(reading: DeviceReading): Look {
  if (!reading.online) return { done: false, seen: `does not answer (${reading.offline_reason ?? "unknown"})` };
  const rate = reading.hashrate_5s_ghs ?? reading.hashrate_ghs ?? null;
  return {
    // Right after the order many firmwares look as if they had just started: the mode is asked for besides.
    done: reading.status === "sleeping" || rate === 0,
    seen: `${reading.status ?? "state unknown"} at ${rate ?? "unknown"} GH/s`,
  };
}

function hashes(reading: DeviceReading): Look {
  if (!reading.online) return { done: false, seen: `does not answer (${reading.offline_reason ?? "unknown"})` };
  const rate = reading.hashrate_5s_ghs ?? reading.hashrate_ghs ?? null;
  const done = reading.status === "hashing" && rate !== null && rate > 0;
  return { done, seen: `${reading.status ?? "state unknown"} at ${rate ?? "unknown"} GH/s` };
}

/** How a mode shows is asked of the device itself; it must be back for that. */
function answers(reading: DeviceReading): Look {
  const seen = reading.online ? "answers again" : `does not answer (${reading.offline_reason ?? "unknown"})`;
  return { done: reading.online, seen };
}
