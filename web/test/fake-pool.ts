import type { PoolTotals, PoolUser, PoolWindowFigures, PoolWorker } from "@banksman/wire/api";
import { seeded } from "./fake-fleet.ts";

const HASHES = 2 ** 32;
const SECONDS = { "1m": 60, "5m": 300, "15m": 900, "1h": 3_600 } as const;
const MINUTE_MS = 60_000;

/** A made-up pool: some users, each with as many workers as its number in the list. */
export class FakePool {
  /** Whether a pool-stats process is configured. */
  live = true;
  /** Whether the server keeps history of a pool. */
  stored = true;
  userCount = 30;
  caughtUp = true;
  lag: number | null = 12;

  totals(): PoolTotals {
    const users = this.users();
    return {
      at: new Date().toISOString(),
      ...figures(4.4e6 * users.length, 1),
      caught_up: this.caughtUp,
      workers: users.reduce((sum, user) => sum + user.workers, 0),
      users: users.length,
      reject_reasons: [
        { status: 21, reason: "job not found or stale", m15: "120000", h1: "500000" },
        { status: 99, reason: "status 99", m15: "1", h1: "7" },
      ],
      lag: this.lag,
      refused: { bad_checksum: 3, late: 41, a_new_reason: 1 },
      last_flush_at: new Date(Date.now() - 9_000).toISOString(),
      instances: 1,
    };
  }

  users(): PoolUser[] {
    return Array.from({ length: this.userCount }, (_, index) => ({
      ...figures(9e5 * (this.userCount - index), index + 2),
      puid: String(601 + index),
      workers: this.userCount - index,
    }));
  }

  user(puid: string): PoolUser | undefined {
    return this.users().find((user) => user.puid === puid);
  }

  workers(user: PoolUser): PoolWorker[] {
    return Array.from({ length: user.workers }, (_, index) => ({
      ...figures(9e5, index + 40),
      puid: user.puid,
      worker_id: String(8113131267054106046n - BigInt(index)),
      worker_name: index === 1 ? null : `rig${index + 1}`,
      miner_agent: index === 1 ? null : "bmminer/2.0.0",
    }));
  }

  series(minutes: number) {
    const random = seeded(7);
    const last = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
    const points = Array.from({ length: minutes }, (_, index) => ({
      timestamp: new Date(last - (minutes - index) * MINUTE_MS).toISOString(),
      hashrate_hs: index === 20 ? null : 6.1e17 * (0.97 + random() * 0.06),
    }));
    return { at: new Date().toISOString(), resolution_seconds: 60, points };
  }

  history(hours: number) {
    const random = seeded(9);
    const step = (hours * 3_600) / 240;
    const points = Array.from({ length: 240 }, (_, index) => ({
      timestamp: new Date(Date.now() - (240 - index) * step * 1_000).toISOString(),
      hashrate_hs: index > 60 && index < 70 ? null : 6.1e17 * (0.95 + random() * 0.1),
      reject_share: index > 60 && index < 70 ? null : 0.004 + random() * 0.002,
    }));
    return { resolution_seconds: step, points };
  }
}

/** Figures of somebody who does so much difficulty a second, in every window. */
function figures(aSecond: number, seed: number) {
  const random = seeded(seed);
  const windows = Object.entries(SECONDS).map(([window, seconds]): PoolWindowFigures => {
    const accepted = Math.round(aSecond * seconds * (0.96 + random() * 0.08));
    const hasRejects = seconds >= 900;
    return {
      window: window as keyof typeof SECONDS,
      seconds,
      covered_seconds: Math.min(seconds, 2_700),
      hashrate_hs: (accepted * HASHES) / Math.min(seconds, 2_700),
      accepted: String(accepted),
      stale: null,
      rejected: hasRejects ? String(Math.round(accepted * 0.005)) : null,
      reject_share: hasRejects ? 0.005 / 1.005 : null,
    };
  });
  const last_share_at = new Date(Date.now() - 4_000 * (1 + (seed % 9))).toISOString();
  return { windows, accept_count: 1_000 * seed, last_share_at, last_share_ip: `10.2.${seed % 250}.17` };
}
