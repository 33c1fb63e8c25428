import { defineAlertFunction, fold } from "./alert-function.ts";

export const min = defineAlertFunction({
  id: "min",
  title: { zh: "最小值", en: "Least" },
  gives: "number",
  takes: "number",
  example: 'min(fan_min, "5m") < 500.0',
  about: { zh: "时间窗内的最小值", en: "Least over the window" },
  compute: (stretch) => {
    const least = fold(stretch, Number.POSITIVE_INFINITY, Math.min);
    return least === Number.POSITIVE_INFINITY ? Number.NaN : least;
  },
});
