import { defineAlertFunction, fold } from "./alert-function.ts";

export const delta = defineAlertFunction({
  id: "delta",
  title: { zh: "变化量", en: "Change" },
  gives: "number",
  takes: "number",
  example: 'delta(temperature_max, "10m") > 15.0',
  about: { zh: "时间窗内末值减首值；至少两次读数", en: "Last minus first within the window; needs two readings" },
  compute: (stretch) => {
    const first = fold(stretch, Number.NaN, (found, value) => (Number.isNaN(found) ? value : found));
    const last = fold(stretch, Number.NaN, (_, value) => value);
    return fold(stretch, 0, (count) => count + 1) < 2 ? Number.NaN : last - first;
  },
});
