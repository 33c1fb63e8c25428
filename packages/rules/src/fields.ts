import type { RuleField, TargetKind } from "@banksman/wire/model";
import type { FieldRow as Row } from "./field-row.ts";
import { COOLING } from "./fields-cooling.ts";

const toFields = (rows: readonly Row[]): RuleField[] =>
  rows.map(([name, type, unit, zh, en]) => ({ name, type, unit, about: { zh, en } }));

const SITE: Row = ["site_id", "text", null, "站点编号", "Id of the site"];

/** A reading's members by the names of the wire, and what is counted from its parts. */
const MINER: readonly Row[] = [
  SITE,
  ["miner_id", "text", null, "矿机编号", "Id of the miner"],
  ["ip_address", "text", null, "IP 地址", "IP address"],
  ["rack", "text", null, "机架", "Rack"],
  ["container", "text", null, "集装箱", "Container"],
  ["make", "text", null, "厂商", "Maker"],
  ["model", "text", null, "型号", "Model"],
  ["firmware", "text", null, "固件", "Firmware"],
  ["driver", "text", null, "驱动", "Driver that reads it"],
  ["online", "bool", null, "是否在线", "Whether it answers"],
  ["health", "text", null, "健康状态", "One of the eight words of the screens, such as degraded"],
  ["status", "text", null, "设备自述状态", "What the device says it does"],
  ["offline_reason", "text", null, "离线原因", "Why nothing could be read, such as timed_out"],
  ["hashrate_ghs", "number", "GH/s", "算力", "Hashrate"],
  ["hashrate_5s_ghs", "number", "GH/s", "5 秒算力", "Hashrate of the last 5 s"],
  ["expected_hashrate_ghs", "number", "GH/s", "额定算力", "Nameplate hashrate"],
  ["temperature_avg", "number", "°C", "平均温度", "Mean temperature"],
  ["temperature_max", "number", "°C", "最高温度", "Highest temperature"],
  ["temperature_chip_max", "number", "°C", "芯片最高温度", "Hottest chip"],
  ["temperature_chip_min", "number", "°C", "芯片最低温度", "Coldest chip"],
  ["fan_min", "number", "rpm", "最慢风扇转速", "Slowest fan"],
  ["fan_max", "number", "rpm", "最快风扇转速", "Fastest fan"],
  ["fans", "number", "fans", "风扇数量", "Fans that tell a speed"],
  ["fans_stopped", "number", "fans", "停转风扇数", "Fans at 0 rpm"],
  ["frequency_avg", "number", "MHz", "平均频率", "Mean frequency"],
  ["accepted_shares", "number", "shares", "接受份额", "Accepted shares since its start"],
  ["rejected_shares", "number", "shares", "拒绝份额", "Rejected shares since its start"],
  ["hardware_errors", "number", "errors", "硬件错误", "Hardware errors since its start"],
  ["uptime_seconds", "number", "s", "运行时间", "Uptime"],
  ["power_consumption", "number", "W", "功耗", "Power"],
  ["latency_ms", "number", "ms", "应答延迟", "How long it took to answer"],
  ["fault_count", "number", "faults", "故障数", "Faults it tells"],
  ["fault_codes", "texts", null, "故障代码", "Codes of the faults it tells"],
  ["boards", "number", "boards", "算力板数", "Hashboards it tells"],
  ["boards_dead", "number", "boards", "失效算力板", "Hashboards that hash nothing or have no chip"],
  ["chips", "number", "chips", "芯片数", "Chips found on all boards"],
  ["chips_expected", "number", "chips", "应有芯片数", "Chips there should be"],
  ["chips_bad", "number", "chips", "坏芯片数", "Chips told bad"],
  ["pool_url", "text", null, "矿池地址", "Active pool"],
  ["pool_host", "text", null, "矿池主机", "Host of the active pool"],
  ["pool_allowed", "bool", null, "矿池在白名单内", "Whether the pool is on the site's list; no data without a list"],
  ["pools_alive", "number", "pools", "可用矿池数", "Configured pools that are alive"],
  ["worker_name", "text", null, "矿工名", "Worker name"],
];

const SUMS: readonly Row[] = [
  ["total", "number", "miners", "矿机总数", "Miners"],
  ["online_count", "number", "miners", "在线数", "Miners that answer"],
  ["offline_count", "number", "miners", "离线数", "Miners that don't answer"],
  ["hashing_count", "number", "miners", "正常挖矿数", "Miners that hash as they should"],
  ["degraded_count", "number", "miners", "降级数", "Miners below what they should give"],
  ["not_hashing_count", "number", "miners", "不出算力数", "Miners that answer and don't hash"],
  ["starting_count", "number", "miners", "启动中数", "Miners that start"],
  ["asleep_count", "number", "miners", "休眠数", "Miners put to sleep"],
  ["overheated_count", "number", "miners", "过热数", "Miners that say they are too hot"],
  ["fault_count", "number", "faults", "故障总数", "Faults of all miners"],
  ["hashrate_ghs", "number", "GH/s", "总算力", "Hashrate of miners that hash"],
  ["expected_hashrate_ghs", "number", "GH/s", "额定总算力", "Nameplate hashrate of all miners but those asleep"],
  ["power_consumption", "number", "W", "总功耗", "Power of miners that answer"],
  ["temperature_avg", "number", "°C", "平均温度", "Mean temperature of miners that answer"],
  ["temperature_max", "number", "°C", "最高温度", "Highest temperature"],
  ["efficiency_jth", "number", "J/TH", "能效", "Power by hashrate of miners that give both"],
];

const POOL_FIGURES: readonly Row[] = [
  ["pool", "text", null, "矿池", "Pool"],
  ["account", "text", null, "账户", "Account"],
  ["hashrate_ghs", "number", "GH/s", "矿池侧算力", "Hashrate as the pool counts it"],
  ["device_hashrate_ghs", "number", "GH/s", "设备侧算力", "Hashrate of the same workers as their devices tell"],
  ["hashrate_difference", "number", null, "算力差异", "(pool − device) ÷ device"],
  ["reject_rate", "number", null, "拒绝率", "Rejected ÷ all shares"],
];

const COLLECTOR: readonly Row[] = [
  SITE,
  ["collector_id", "text", null, "采集器编号", "Id of the collector"],
  ["version", "text", null, "版本", "Its version"],
  ["silent_s", "number", "s", "静默时间", "Since its last upload"],
  ["interval_s", "number", "s", "采集间隔", "Its sweep interval"],
  ["readings", "number", "readings", "上次读数数", "Readings of its last upload"],
  ["backlog_batches", "number", "batches", "积压批次", "Batches that wait at it"],
  ["clock_skew_s", "number", "s", "时钟偏差", "Its clock ahead of the server's"],
];

/** Every field of every target. A field's place in its list is how rows are laid out: see rows.ts. */
export const FIELDS: Readonly<Record<TargetKind, readonly RuleField[]>> = {
  fleet: toFields([
    ["sites", "number", "sites", "站点数", "Sites"],
    ["sites_silent", "number", "sites", "静默站点数", "Sites none of whose miners answers"],
    ...SUMS,
  ]),
  site: toFields([SITE, ...SUMS]),
  rack: toFields([SITE, ["rack", "text", null, "机架", "Rack"], ...SUMS]),
  container: toFields([SITE, ["container", "text", null, "集装箱", "Container"], ...SUMS]),
  miner: toFields(MINER),
  pool_account: toFields([
    SITE,
    ...POOL_FIGURES,
    ["workers", "number", "workers", "矿工总数", "Workers"],
    ["workers_online", "number", "workers", "在线矿工数", "Workers the pool counts as online"],
    ["workers_offline", "number", "workers", "离线矿工数", "Workers the pool counts as offline"],
    [
      "pool_silent",
      "number",
      "workers",
      "设备在挖而矿池无份额的矿工数",
      "Workers whose devices hash and whose pool sees nothing",
    ],
    ["readable", "bool", null, "可读取", "Whether the pool answered when last asked"],
  ]),
  worker: toFields([
    SITE,
    ...POOL_FIGURES,
    ["worker_name", "text", null, "矿工名", "Worker name"],
    ["miner_id", "text", null, "矿机编号", "Miner of that worker name"],
    ["verdict", "text", null, "比对结论", "What pool and device say together, such as pool_silent"],
    ["is_elsewhere", "bool", null, "来自其他地址", "Its shares come from another address than the account's"],
    ["online", "bool", null, "矿池侧在线", "Whether the pool counts it as online"],
  ]),
  collector: toFields(COLLECTOR),
  cooling: toFields(COOLING),
};

/** A field of a target by its name. */
export const fieldOf = (target: TargetKind, name: string): RuleField | undefined =>
  FIELDS[target].find((field) => field.name === name);
