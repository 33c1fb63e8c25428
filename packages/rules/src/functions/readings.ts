import { defineAlertFunction, known } from "./alert-function.ts";

export const readings = defineAlertFunction({
  id: "readings",
  title: { zh: "读数次数", en: "Readings" },
  gives: "number",
  takes: "any",
  example: 'readings(hashrate_ghs, "10m") < 3.0',
  about: { zh: "时间窗内给出该字段的读数次数", en: "How many readings told the field within the window" },
  compute: known,
});
