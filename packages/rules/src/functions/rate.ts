import { defineAlertFunction, type Stretch } from "./alert-function.ts";
import { increaseOf } from "./increase.ts";

function minutesOf({ times, values, from, to }: Stretch): number {
  let [first, last] = [Number.NaN, Number.NaN];
  for (let index = from; index < to; index++) {
    if (Number.isNaN(values[index] ?? Number.NaN)) continue;
    last = times[index] ?? Number.NaN;
    if (Number.isNaN(first)) first = last;
  }
  return (last - first) / 60_000;
}

export const rate = defineAlertFunction({
  id: "rate",
  title: { zh: "每分钟增量", en: "Increase a minute" },
  gives: "number",
  takes: "number",
  example: 'rate(hardware_errors, "10m") > 100.0',
  about: { zh: "计数器每分钟的增量", en: "What a counter grew a minute, over the window" },
  compute: (stretch) => {
    const minutes = minutesOf(stretch);
    return minutes > 0 ? increaseOf(stretch) / minutes : Number.NaN;
  },
});
