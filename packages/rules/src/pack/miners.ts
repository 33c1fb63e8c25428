import { packRule } from "./pack-rule.ts";

/** Boards of a miner that sleeps or starts are dark without being dead. */
const WORKS = '(health == "hashing" || health == "degraded")';

/** Rules on single miners. One that is asleep was ordered to be: nothing of it is an alarm. */
export const minerRules = [
  packRule("miner-offline", {
    name: { zh: "矿机离线", en: "Miner offline" },
    target: "miner",
    condition: "!online",
    for_s: 180,
    level: "warning",
    labels: { topic: "availability" },
    title: { zh: "矿机 {miner_id} 离线", en: "Miner {miner_id} is offline" },
    text: { zh: "{ip_address} {rack} 原因：{offline_reason}", en: "{ip_address} {rack}, reason: {offline_reason}" },
  }),
  packRule("miner-not-hashing", {
    name: { zh: "矿机不出算力", en: "Miner answers but does not hash" },
    target: "miner",
    condition: 'online && health == "notHashing"',
    for_s: 300,
    level: "warning",
    labels: { topic: "hashrate" },
    title: { zh: "矿机 {miner_id} 不出算力", en: "Miner {miner_id} does not hash" },
    text: { zh: "{model} {rack} 状态：{status}", en: "{model} {rack}, it says: {status}" },
  }),
  packRule("miner-hashrate-low", {
    name: { zh: "算力低于额定", en: "Hashrate below nameplate" },
    target: "miner",
    condition: 'online && hashrate_ghs > 0 && avg(hashrate_ghs, "10m") < 0.85 * expected_hashrate_ghs',
    for_s: 600,
    recovery: 'avg(hashrate_ghs, "10m") >= 0.92 * expected_hashrate_ghs',
    level: "warning",
    labels: { topic: "hashrate" },
    title: { zh: "矿机 {miner_id} 算力偏低", en: "Miner {miner_id} hashes too little" },
    text: {
      zh: "{hashrate_ghs} GH/s，额定 {expected_hashrate_ghs} GH/s（{model}）",
      en: "{hashrate_ghs} GH/s of {expected_hashrate_ghs} GH/s ({model})",
    },
  }),
  packRule("miner-board-dead", {
    name: { zh: "算力板失效", en: "Hashboard dead" },
    target: "miner",
    condition: `${WORKS} && uptime_seconds > 900 && boards_dead > 0`,
    for_s: 300,
    level: "warning",
    labels: { topic: "hardware" },
    title: {
      zh: "矿机 {miner_id} 算力板失效：{boards_dead}/{boards}",
      en: "Miner {miner_id}: {boards_dead} of {boards} hashboards dead",
    },
    text: { zh: "{model} {rack}，共 {boards} 块", en: "{model} {rack}, {boards} boards in all" },
  }),
  packRule("miner-chips-dead", {
    name: { zh: "芯片失效", en: "Chips dead" },
    target: "miner",
    condition: `${WORKS} && uptime_seconds > 900 && (chips < 0.97 * chips_expected || chips_bad > 0.03 * chips)`,
    for_s: 600,
    level: "info",
    labels: { topic: "hardware" },
    title: { zh: "矿机 {miner_id} 芯片缺失", en: "Miner {miner_id} misses chips" },
    text: {
      zh: "找到 {chips}，应有 {chips_expected}，坏 {chips_bad}（{model} {rack}）",
      en: "{chips} found of {chips_expected}, {chips_bad} bad ({model} {rack})",
    },
  }),
  packRule("miner-overheated", {
    name: { zh: "矿机过热", en: "Miner too hot" },
    target: "miner",
    condition: 'status == "overheated" || temperature_chip_max > 95 || temperature_max > 95',
    for_s: 60,
    recovery: 'status != "overheated" && temperature_max < 88',
    level: "severe",
    labels: { topic: "temperature" },
    title: { zh: "矿机 {miner_id} 过热", en: "Miner {miner_id} is too hot" },
    text: {
      zh: "最高 {temperature_max} °C（{model} {rack}）",
      en: "{temperature_max} °C at its hottest ({model} {rack})",
    },
  }),
  packRule("miner-fan", {
    name: { zh: "风扇停转", en: "Fan stopped" },
    target: "miner",
    // One without fans tells none; all at 0 is a miner that is cooled by liquid, or one at rest.
    condition: 'online && health != "asleep" && fans_stopped > 0 && fan_max > 0',
    for_s: 120,
    level: "warning",
    labels: { topic: "hardware" },
    title: {
      zh: "矿机 {miner_id} 有 {fans_stopped} 个风扇停转",
      en: "{fans_stopped} fans of miner {miner_id} stand still",
    },
    text: { zh: "共 {fans} 个（{model} {rack}）", en: "{fans} fans in all ({model} {rack})" },
  }),
  packRule("miner-rejects", {
    name: { zh: "拒绝率过高", en: "Too many rejected shares" },
    target: "miner",
    condition:
      'increase(rejected_shares, "20m") > 10 && increase(rejected_shares, "20m") > 0.03 * (increase(accepted_shares, "20m") + increase(rejected_shares, "20m"))',
    for_s: 300,
    level: "warning",
    labels: { topic: "pool" },
    title: { zh: "矿机 {miner_id} 拒绝率过高", en: "Miner {miner_id} has too many shares rejected" },
    text: { zh: "{pool_host} {worker_name}", en: "{pool_host} {worker_name}" },
  }),
  packRule("miner-pool-foreign", {
    name: { zh: "矿池被改到白名单之外（劫持）", en: "Pool that is not on the site's list (hijack)" },
    target: "miner",
    condition: "online && !pool_allowed",
    level: "urgent",
    labels: { topic: "security" },
    title: {
      zh: "矿机 {miner_id} 连到白名单之外的矿池",
      en: "Miner {miner_id} works for a pool that is not on the list",
    },
    text: { zh: "{pool_url} 矿工名 {worker_name}", en: "{pool_url}, worker {worker_name}" },
  }),
  packRule("miner-worker-changed", {
    name: { zh: "矿工名改变", en: "Worker name changed" },
    target: "miner",
    condition: 'changed(worker_name, "20m")',
    level: "severe",
    labels: { topic: "security" },
    title: { zh: "矿机 {miner_id} 的矿工名改变", en: "Worker name of miner {miner_id} changed" },
    text: { zh: "现为 {worker_name}（{pool_host}）", en: "Now {worker_name} ({pool_host})" },
  }),
  packRule("miner-pools-dead", {
    name: { zh: "矿池全部不可用", en: "No pool alive" },
    target: "miner",
    condition: "online && pools_alive < 1",
    for_s: 180,
    level: "warning",
    labels: { topic: "pool" },
    title: { zh: "矿机 {miner_id} 的矿池全部不可用", en: "No pool of miner {miner_id} is alive" },
    text: { zh: "{pool_url}", en: "{pool_url}" },
  }),
  packRule("miner-restarts", {
    name: { zh: "矿机反复重启", en: "Miner restarts again and again" },
    target: "miner",
    condition:
      'online && max(uptime_seconds, "20m") < 900 && readings(uptime_seconds, "20m") > 15 && delta(uptime_seconds, "20m") < 900',
    level: "warning",
    labels: { topic: "hardware" },
    title: { zh: "矿机 {miner_id} 反复重启", en: "Miner {miner_id} restarts again and again" },
    text: { zh: "运行仅 {uptime_seconds} 秒（{model} {rack}）", en: "Up for {uptime_seconds} s ({model} {rack})" },
  }),
];
