/** What a person can do about a kind of fault, in English and Chinese. A vendor's table names the kind. */
export const ADVICE = {
  fan: [
    "Check that the fan turns freely and its plug sits; clean it, else replace it.",
    "检查风扇是否能自由转动、插头是否插好；清灰，无效则更换。",
  ],
  psu: [
    "Switch the power off for a minute; if it comes back, replace the power supply.",
    "断电一分钟后重试；若再次出现，更换电源。",
  ],
  input: ["Measure the input voltage and check breaker, cable and plug.", "测量输入电压，检查空开、线缆和插头。"],
  heat: [
    "Check air flow or coolant, dust and the temperature of the intake; lower the power mode until it is cool.",
    "检查风道或冷却液、灰尘和进风温度；降温前先降低功率模式。",
  ],
  board: [
    "Switch off, seat the board's cables again; if it comes back, send the board for repair.",
    "断电后重新插好算力板的排线和电源线；若再次出现，返修该算力板。",
  ],
  chips: [
    "Watch the board; if its hashrate keeps falling, send it for repair.",
    "关注该算力板；若算力持续下降，返修。",
  ],
  cooling: ["Check pump, valves, filter and leaks before starting again.", "重新启动前检查水泵、阀门、过滤器和漏液。"],
  pool: ["Check the pool's address and worker, and the way to it.", "检查矿池地址和矿工名，以及到矿池的网络。"],
  tamper: ["Write the maker's firmware anew and change the password.", "重新刷写厂商固件并修改密码。"],
  control: ["Restart the miner; if it comes back, replace the control board.", "重启矿机；若再次出现，更换控制板。"],
  tune: [
    "Let it settle for half an hour; if it comes back, lower the frequency or the power mode.",
    "等待半小时；若再次出现，降低频率或功率模式。",
  ],
  sensor: ["Check the sensor and its cable; replace it if the figure stays.", "检查传感器及其接线；数值仍异常则更换。"],
  plc: ["Check the PLC's power and its cable to the controller.", "检查 PLC 供电及其与控制器的连线。"],
  smoke: ["Switch the container's power off and send somebody at once.", "立即切断箱体电源并派人到场。"],
  look: ["Look at the miner's own log.", "查看矿机自身的日志。"],
} as const satisfies Record<string, readonly [en: string, zh: string]>;
export type AdviceKind = keyof typeof ADVICE;
