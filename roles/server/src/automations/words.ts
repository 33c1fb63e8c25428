import type { LocalText } from "@banksman/wire/model";

const megawatts = (watts: number): string => (watts / 1e6).toFixed(2);

/** What an automation says of itself. */
export const words = {
  off: { en: "Switched off", zh: "已停用" },
  quiet: { en: "No alert of its rule is open", zh: "其规则没有未恢复的告警" },
  tries: (ordered: number, waiting: number, left: number): LocalText => ({
    en: `${ordered} ordered now, ${waiting} wait for their next try, ${left} left to people`,
    zh: `本次下达 ${ordered} 台，${waiting} 台等待下次尝试，${left} 台交由人工处理`,
  }),
  noSignal: (signal: string): LocalText => ({
    en: `Nobody has told ${signal} lately: everything stays as it is`,
    zh: `近期没有收到信号 ${signal}：保持现状`,
  }),
  underWay: { en: "The last order is under way", zh: "上一条命令仍在执行" },
  curtailed: (watts: number, limit: number): LocalText => ({
    en: `Holds the site at ${megawatts(watts)} of ${megawatts(limit)} MW`,
    zh: `站点功率 ${megawatts(watts)} MW，上限 ${megawatts(limit)} MW`,
  }),
  curtailing: (watts: number, limit: number): LocalText => ({
    en: `Goes from ${megawatts(watts)} down to ${megawatts(limit)} MW`,
    zh: `功率从 ${megawatts(watts)} MW 降至 ${megawatts(limit)} MW`,
  }),
  restoring: (left: number): LocalText => ({
    en: `Wakes its miners, ${left} still asleep`,
    zh: `正在唤醒矿机，尚有 ${left} 台休眠`,
  }),
  idle: { en: "Not now", zh: "当前不生效" },
  away: { en: "The miners work for the other pools", zh: "矿机已切换到备用矿池" },
  home: { en: "The miners work for their own pools", zh: "矿机使用原矿池" },
  goingAway: { en: "An alert is open: to the other pools", zh: "告警未恢复：切换到备用矿池" },
  goingHome: { en: "The alert is over: back to their own pools", zh: "告警已恢复：切回原矿池" },
} as const;
