import type { LocalText } from "../alert.ts";
import type { OrderResult } from "../order.ts";

/** What a command ended with, by the code of its result. */
export const ORDER_END_WORDS = {
  refused: { en: "The device said no", zh: "设备拒绝" },
  access_denied: { en: "The device does not let us in", zh: "设备拒绝访问" },
  credentials_needed: { en: "The device wants a name and password", zh: "设备需要用户名和密码" },
  not_offered: { en: "Its firmware has no such order", zh: "其固件不支持该命令" },
  not_possible: { en: "This machine can't do that", zh: "这台设备无法执行" },
  not_told: { en: "The device does not tell", zh: "设备未告知" },
  another_device: { en: "Another device answers at its address", zh: "该地址上已是另一台设备" },
  unreachable: { en: "No way to the device", zh: "无法连通设备" },
  timed_out: { en: "The device did not answer in time", zh: "设备应答超时" },
  silent: { en: "The device took the request and did not answer", zh: "设备已收到请求但未应答" },
  stale: { en: "The device's last reading is too old", zh: "设备的最近读数已过期" },
  bad_answer: { en: "The device gave no usable answer", zh: "设备的应答无法识别" },
  not_a_miner: { en: "What answers is no miner", zh: "应答的不是矿机" },
  not_cooling: { en: "What answers is no cooling unit", zh: "应答的不是冷却机组" },
  unsupported: { en: "No driver speaks what answers", zh: "没有驱动支持应答的设备" },
  aborted: { en: "The talk with the device was given up", zh: "与设备的通信已中止" },
  no_such_miner: { en: "The edge knows no such miner", zh: "采集器没有这台矿机" },
  no_driver: { en: "No driver reads this unit", zh: "没有驱动可读取该机组" },
  not_leased: { en: "The edge does not read this unit now", zh: "该采集器当前不读取此机组" },
  device_busy: { en: "The device was busy with another order", zh: "设备正在执行另一条命令" },
  call_busy: { en: "The controller was busy with another request", zh: "控制器正忙于另一请求" },
  settled: { en: "It may have left before the edge began anew", zh: "采集器重启前可能已下达" },
  edge_failed: { en: "The edge could not carry it out", zh: "采集器未能执行" },
  expired: { en: "Its time was over before it could leave", zh: "未能在有效期内下达" },
  approval_expired: { en: "Nobody approved it in time", zh: "未在时限内获批" },
} as const satisfies Record<string, LocalText>;
export type OrderEnd = keyof typeof ORDER_END_WORDS;

export const isOrderEnd = (code: unknown): code is OrderEnd =>
  typeof code === "string" && Object.hasOwn(ORDER_END_WORDS, code);

/** What a command ended with that has no code, by what reading the device back showed. */
const READ_BACK_WORDS = {
  yes: { en: "Done, and read back", zh: "已执行并回读确认" },
  no: { en: "Taken, but it does not show", zh: "设备已接受，但回读未见变化" },
  not_checked: { en: "Taken; nothing can show it", zh: "设备已接受，无法回读确认" },
} as const satisfies Record<OrderResult["verified"], LocalText>;

/** What a result says in words; null for the code of a newer edge. What shows was done, whatever was said before. */
export function orderEndWords({ code, verified }: Pick<OrderResult, "code" | "verified">): LocalText | null {
  if (verified === "yes" || code === null) return READ_BACK_WORDS[verified];
  return isOrderEnd(code) ? ORDER_END_WORDS[code] : null;
}
