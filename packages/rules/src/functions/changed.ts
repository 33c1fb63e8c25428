import { defineAlertFunction } from "./alert-function.ts";

export const changed = defineAlertFunction({
  id: "changed",
  title: { zh: "是否改变", en: "Whether it changed" },
  gives: "bool",
  takes: "any",
  example: 'changed(worker_name, "1h")',
  about: { zh: "该字段在时间窗内是否改变过", en: "Whether the field told two different things within the window" },
  compute: ({ values, from, to }) => {
    let first = Number.NaN;
    for (let index = from; index < to; index++) {
      const value = values[index] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      if (Number.isNaN(first)) first = value;
      else if (value !== first) return 1;
    }
    return Number.isNaN(first) ? Number.NaN : 0;
  },
});
