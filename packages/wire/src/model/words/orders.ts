import type { LocalText } from "../alert.ts";

/** What an order is called, by the name of its command. */
export const ORDER_WORDS = {
  reboot: { en: "Reboot", zh: "重启" },
  restart_hashing: { en: "Restart hashing", zh: "重启挖矿进程" },
  pools_set: { en: "Set pools", zh: "设置矿池" },
  power_target: { en: "Set power target", zh: "设置功率目标" },
  raw: { en: "Raw command", zh: "原始命令" },
  mode_set: { en: "Set mode", zh: "设置模式" },
  locate: { en: "Light on or off", zh: "定位灯开关" },
  cooling_start: { en: "Start cooling", zh: "启动冷却" },
  cooling_stop: { en: "Stop cooling", zh: "停止冷却" },
  cooling_reset: { en: "Reset cooling faults", zh: "复位冷却故障" },
  cooling_set_temperature: { en: "Set supply temperature", zh: "设置供液温度" },
  cooling_pid: { en: "Let PID hold the temperature", zh: "由 PID 控温" },
  cooling_auto: { en: "Automatic mode", zh: "自动模式" },
  cooling_pump: { en: "Pump", zh: "泵" },
  cooling_fan: { en: "Fan", zh: "风机" },
  cooling_valve: { en: "Valve", zh: "阀" },
  cooling_socket: { en: "Socket", zh: "插座" },
  rescan: { en: "Search for miners", zh: "搜索矿机" },
  set_interval: { en: "Set interval", zh: "设置采集间隔" },
  upgrade_notice: { en: "Tell of an upgrade", zh: "通知升级" },
} as const satisfies Record<string, LocalText>;
