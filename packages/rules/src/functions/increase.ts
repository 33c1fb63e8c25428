import { defineAlertFunction, type Stretch } from "./alert-function.ts";

/** A counter that went back was restarted: what it shows since then was all added. */
export function increaseOf({ values, from, to }: Stretch): number {
  let [last, sum] = [Number.NaN, Number.NaN];
  for (let index = from; index < to; index++) {
    const value = values[index] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    if (!Number.isNaN(last)) sum = (Number.isNaN(sum) ? 0 : sum) + (value >= last ? value - last : value);
    last = value;
  }
  return sum;
}

export const increase = defineAlertFunction({
  id: "increase",
  title: { zh: "计数增量", en: "Increase of a counter" },
  gives: "number",
  takes: "number",
  example: 'increase(rejected_shares, "30m") > 50.0',
  about: {
    zh: "计数器在时间窗内的增量，重启归零不算下降；至少两次读数",
    en: "What a counter grew within the window, restarts allowed for; needs two readings",
  },
  compute: increaseOf,
});
