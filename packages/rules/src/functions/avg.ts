import { defineAlertFunction, fold, known } from "./alert-function.ts";

export const avg = defineAlertFunction({
  id: "avg",
  title: { zh: "平均值", en: "Mean" },
  gives: "number",
  takes: "number",
  example: 'avg(hashrate_ghs, "10m") < 0.9 * expected_hashrate_ghs',
  about: { zh: "时间窗内的平均值", en: "Mean over the window" },
  compute: (stretch) => fold(stretch, 0, (sum, value) => sum + value) / known(stretch),
});
