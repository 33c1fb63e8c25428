import { defineAlertFunction, fold } from "./alert-function.ts";

export const max = defineAlertFunction({
  id: "max",
  title: { zh: "最大值", en: "Greatest" },
  gives: "number",
  takes: "number",
  example: 'max(temperature_max, "10m") > 90.0',
  about: { zh: "时间窗内的最大值", en: "Greatest over the window" },
  compute: (stretch) => {
    const greatest = fold(stretch, Number.NEGATIVE_INFINITY, Math.max);
    return greatest === Number.NEGATIVE_INFINITY ? Number.NaN : greatest;
  },
});
