import type { LocalText } from "../alert.ts";
import type { MinerHealth } from "../health.ts";

/** What a miner's health is called. */
export const HEALTH_WORDS = {
  hashing: { en: "Hashing", zh: "运行" },
  starting: { en: "Starting", zh: "启动中" },
  degraded: { en: "Degraded", zh: "降级" },
  notHashing: { en: "Not hashing", zh: "无算力" },
  unreachable: { en: "Unreachable", zh: "离线" },
  asleep: { en: "Asleep", zh: "休眠" },
  maintenance: { en: "Maintenance", zh: "维护" },
  unregistered: { en: "Unregistered", zh: "未登记" },
} as const satisfies Record<MinerHealth, LocalText>;
