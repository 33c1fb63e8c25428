import type { Lang } from "../../format/format.ts";

type Words = Record<Lang, string>;
type Group = { id: string; title: Words; keys: readonly string[] };

/** Settings in the order of the page. */
export const GROUPS: readonly Group[] = [
  {
    id: "display",
    title: { en: "Display", zh: "显示" },
    keys: ["display.language", "display.time_zone", "display.temperature"],
  },
  {
    id: "intervals",
    title: { en: "Intervals", zh: "间隔" },
    keys: [
      "intervals.stale_sweeps",
      "intervals.default_sweep_seconds",
      "intervals.pool_account_seconds",
      "audit.sign_minutes",
    ],
  },
  {
    id: "retention",
    title: { en: "Retention", zh: "保留时长" },
    keys: [
      "retention.raw_days",
      "retention.hourly_days",
      "retention.daily_days",
      "retention.cooling_days",
      "retention.report_days",
      "retention.pool_minute_days",
      "retention.disk_watermark",
    ],
  },
  { id: "tariff", title: { en: "Power price", zh: "电价" }, keys: ["tariff.price", "tariff.overhead"] },
  {
    id: "channels",
    title: { en: "New channels", zh: "新渠道" },
    keys: ["channel_defaults.levels", "channel_defaults.language"],
  },
];

const NAMES: Record<string, Words> = {
  "display.language": { en: "Language", zh: "语言" },
  "display.time_zone": { en: "Time zone of new sites", zh: "新站点的时区" },
  "display.temperature": { en: "Temperature unit", zh: "温度单位" },
  "intervals.stale_sweeps": { en: "Missed sweeps until offline", zh: "判为离线前错过的采集轮数" },
  "intervals.default_sweep_seconds": { en: "Sweep of an edge that tells none, s", zh: "采集端未说明时的采集间隔，秒" },
  "intervals.pool_account_seconds": { en: "Between readings of a pool account, s", zh: "矿池账户读取间隔，秒" },
  "audit.sign_minutes": { en: "Audit trail signed every, min", zh: "审计记录签名间隔，分" },
  "retention.raw_days": { en: "Raw readings, days", zh: "原始读数，天" },
  "retention.hourly_days": { en: "Hourly roll-ups, days", zh: "小时汇总，天" },
  "retention.daily_days": { en: "Daily roll-ups, days", zh: "日汇总，天" },
  "retention.cooling_days": { en: "Cooling snapshots, days", zh: "冷却快照，天" },
  "retention.report_days": { en: "Reports, days", zh: "报告，天" },
  "retention.pool_minute_days": { en: "Pool's minute sums, days", zh: "矿池分钟汇总，天" },
  "retention.disk_watermark": { en: "Disk share from which the oldest day goes", zh: "删除最旧一天的磁盘占用比例" },
  "tariff.price": { en: "Price, USD/kWh", zh: "电价，USD/kWh" },
  "tariff.overhead": { en: "Overhead factor", zh: "损耗系数" },
  "channel_defaults.levels": { en: "Levels", zh: "告警级别" },
  "channel_defaults.language": { en: "Language of messages", zh: "消息语言" },
};

const HELP: Record<string, Words> = {
  "display.language": {
    en: "For people who have not chosen one on their device.",
    zh: "适用于尚未在本机选择语言的人。",
  },
  "display.time_zone": { en: "Used where a site is made without one.", zh: "创建站点而未指定时区时使用。" },
  "display.temperature": { en: "On all pages; the wire stays °C.", zh: "用于所有页面；接口仍为 °C。" },
  "intervals.stale_sweeps": {
    en: "A miner without a reading for so many sweeps is offline.",
    zh: "矿机连续这么多轮没有读数即视为离线。",
  },
  "intervals.default_sweep_seconds": { en: "Most edges tell their own interval.", zh: "多数采集端会上报自己的间隔。" },
  "intervals.pool_account_seconds": { en: "Pools limit how often they may be asked.", zh: "矿池限制查询频率。" },
  "audit.sign_minutes": {
    en: "Rows are chained at once; heads are signed this often.",
    zh: "记录即时成链；树头按此间隔签名。",
  },
  "retention.raw_days": {
    en: "Empty: 14 days up to 10,000 miners, else 3.",
    zh: "留空：一万台矿机以内 14 天，以上 3 天。",
  },
  "retention.hourly_days": { en: "Also site totals and miner events.", zh: "也包括站点总计与矿机事件。" },
  "retention.daily_days": { en: "Empty: for ever.", zh: "留空：永久保留。" },
  "retention.report_days": { en: "Built reports and their files.", zh: "已生成的报告及其文件。" },
  "retention.cooling_days": {
    en: "Their roll-ups follow the hourly ones of miners.",
    zh: "其汇总随矿机小时汇总的保留时长。",
  },
  "retention.pool_minute_days": { en: "Hourly sums follow the hourly roll-ups.", zh: "小时汇总随小时保留时长。" },
  "retention.disk_watermark": {
    en: "0.9 is 90 %. Only for the embedded database.",
    zh: "0.9 即 90 %。仅适用于内置数据库。",
  },
  "tariff.price": {
    en: "For sites without a tariff of their own; empty: unknown.",
    zh: "适用于没有自己电价的站点；留空为未知。",
  },
  "tariff.overhead": { en: "1.1 adds 10 % for cooling and losses.", zh: "1.1 表示散热与损耗增加 10 %。" },
  "channel_defaults.levels": { en: "What a new channel tells.", zh: "新渠道推送的级别。" },
  "channel_defaults.language": { en: "Of a new channel.", zh: "新渠道的语言。" },
};

/** Words that a setting may be, where they are not the same in both languages. */
const CHOICES: Record<string, Words> = {
  browser: { en: "As the browser", zh: "随浏览器" },
  zh: { en: "中文", zh: "中文" },
  en: { en: "English", zh: "English" },
  celsius: { en: "°C", zh: "°C" },
  fahrenheit: { en: "°F", zh: "°F" },
  urgent: { en: "Urgent", zh: "紧急" },
  severe: { en: "Severe", zh: "严重" },
  warning: { en: "Warning", zh: "警告" },
  info: { en: "Info", zh: "信息" },
};

export const nameOf = (key: string, lang: Lang): string => NAMES[key]?.[lang] ?? key;
export const helpOf = (key: string, lang: Lang): string => HELP[key]?.[lang] ?? "";
export const choiceWord = (value: string, lang: Lang): string => CHOICES[value]?.[lang] ?? value;
