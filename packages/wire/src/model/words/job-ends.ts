import { z } from "zod";
import type { LocalText } from "../alert.ts";

/** Why a try of a job ended early: somebody's wish, its server's end, or what went wrong. */
export const JobEnd = z.enum([
  "cancelled",
  "lost",
  "given_up",
  "timed_out",
  "out_of_space",
  "not_reached",
  "forbidden",
  "failed",
]);
export type JobEnd = z.infer<typeof JobEnd>;

export const JOB_END_WORDS = {
  cancelled: { en: "Somebody cancelled it", zh: "已被人取消" },
  lost: { en: "Its server ended in the middle", zh: "执行它的服务器中途停止" },
  given_up: { en: "Its server stopped and gave it up", zh: "服务器停止，任务中途放弃" },
  timed_out: { en: "The database took too long", zh: "数据库处理超时" },
  out_of_space: { en: "No space is left", zh: "磁盘空间不足" },
  not_reached: { en: "The database, or whom it asks, is not reached", zh: "无法连接数据库或所请求的服务" },
  forbidden: { en: "It lacks a right", zh: "权限不足" },
  failed: { en: "Something went wrong", zh: "运行出错" },
} as const satisfies Record<JobEnd, LocalText>;

/** What a run of a job says it did, by the names in its result. */
export const JOB_FIGURE_WORDS = {
  minutes: { en: "minutes", zh: "分钟" },
  fives: { en: "five minutes", zh: "五分钟" },
  hours: { en: "hours", zh: "小时" },
  days: { en: "days", zh: "天" },
  units: { en: "units", zh: "机组" },
  findings: { en: "findings", zh: "发现" },
  orders: { en: "orders", zh: "命令" },
  files: { en: "files", zh: "文件" },
  report_id: { en: "report", zh: "报表" },
  asked: { en: "asked for", zh: "已请求" },
  rolled_up: { en: "rolled up", zh: "已汇总" },
  moved: { en: "moved", zh: "已迁移" },
  removed: { en: "removed", zh: "已删除" },
  dropped: { en: "dropped", zh: "已清除" },
  forgotten: { en: "forgotten", zh: "已清理" },
  over: { en: "over", zh: "已结束" },
  given_up: { en: "given up", zh: "已放弃" },
  bytes: { en: "bytes", zh: "字节" },
} as const satisfies Record<string, LocalText>;
export type JobFigure = keyof typeof JOB_FIGURE_WORDS;
/** What a job gives at its end: each figure has words. */
export type JobFigures = Partial<Record<JobFigure, number | string | readonly string[]>>;
