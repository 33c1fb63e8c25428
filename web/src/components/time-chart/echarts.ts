import { LineChart } from "echarts/charts";
import {
  AxisPointerComponent,
  GridComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
  TooltipComponent,
} from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { colour, type ThemeMode, tokens } from "../../theme/tokens.ts";

echarts.use([
  LineChart,
  GridComponent,
  TooltipComponent,
  AxisPointerComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
  CanvasRenderer,
]);

const themeOf = (mode: ThemeMode) => ({
  color: tokens[mode].data.series,
  backgroundColor: tokens.echarts.backgroundColor,
  textStyle: { color: colour("text.secondary", mode), fontFamily: tokens.font.family, fontSize: tokens.chart.axisFont },
  timeAxis: {
    axisLine: { lineStyle: { color: colour("data.axis", mode) } },
    axisLabel: { color: colour("text.muted", mode) },
    splitLine: { show: false },
  },
  valueAxis: {
    axisLine: { show: false },
    axisLabel: { color: colour("text.muted", mode) },
    splitLine: { lineStyle: { color: colour("data.grid", mode) } },
  },
});

for (const mode of ["light", "dark"] as const) echarts.registerTheme(`banksman-${mode}`, themeOf(mode));

/** Starts a chart in an element, in the theme made from the tokens. */
export const startChart = (element: HTMLElement, mode: ThemeMode) =>
  echarts.init(element, `banksman-${mode}`, { renderer: "canvas" });

export type Chart = ReturnType<typeof startChart>;
