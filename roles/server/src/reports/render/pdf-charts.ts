import type { ReportBars, ReportChart } from "@banksman/wire/model";
import { figureText, type Language, timeText } from "./format.ts";

type Box = { x: number; y: number; width: number; height: number };
type Doc = PDFKit.PDFDocument;

const MUTED = "#5b6470";
const GRID = "#dfe4ea";
const OWN = "#1f5fbf";
const PLAN = "#8a929c";
const HATCH = "#c3c9d1";
const AXIS_PT = 44;
const FOOT_PT = 16;
const LABELS = 6;

/** A round figure at or above the highest value, so that the axis ends at a line. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((one) => one * power >= value) ?? 10;
  return step * power;
}

/** Lines over time from 0 on; where the first line is unknown the ground is hatched. */
export function drawChart(
  doc: Doc,
  box: Box,
  chart: ReportChart,
  { language, zone }: { language: Language; zone: string },
): void {
  const { lines, from, step_s, digits } = chart;
  const known = lines.flatMap(({ values }) => values.filter((value) => value !== null));
  const top = roundUp(Math.max(...known, 0) || 1);
  const steps = Math.max(1, ...lines.map(({ values }) => values.length));
  const area = { x: box.x + AXIS_PT, y: box.y + 12, width: box.width - AXIS_PT, height: box.height - 12 - FOOT_PT };
  const xOf = (step: number) => area.x + (area.width * step) / steps;
  const yOf = (value: number) => area.y + area.height * (1 - value / top);
  drawLegend(doc, box, chart, language);
  doc.font("body").fontSize(7).fillColor(MUTED);
  for (const share of [0, 0.5, 1]) {
    const y = yOf(top * share);
    doc
      .moveTo(area.x, y)
      .lineTo(area.x + area.width, y)
      .lineWidth(0.5)
      .strokeColor(GRID)
      .stroke();
    doc.text(figureText(top * share, top < 10 ? Math.max(1, digits) : 0), box.x, y - 5, {
      width: AXIS_PT - 6,
      align: "right",
      lineBreak: false,
    });
  }
  for (let step = 0; step < steps; step += Math.ceil(steps / LABELS)) {
    const at = new Date(Date.parse(from) + step * step_s * 1_000).toISOString();
    const text = timeText(at, zone);
    doc.text(steps * step_s > 3 * 86_400 ? text.slice(5, 10) : text.slice(5), xOf(step), area.y + area.height + 4, {
      lineBreak: false,
    });
  }
  drawHatch(doc, area, lines[0]?.values ?? [], xOf);
  for (const { values, is_plan } of lines) drawLine(doc, values, is_plan, xOf, yOf);
}

function drawLegend(doc: Doc, box: Box, { lines }: ReportChart, language: Language): void {
  if (lines.length < 2) return;
  let x = box.x + box.width;
  doc.font("body").fontSize(7).fillColor(MUTED);
  for (const { name, is_plan } of lines.toReversed()) {
    x -= doc.widthOfString(name[language]) + 4;
    doc.text(name[language], x, box.y - 2, { lineBreak: false });
    x -= 22;
    stroke(doc, is_plan);
    doc
      .moveTo(x, box.y + 3)
      .lineTo(x + 18, box.y + 3)
      .stroke()
      .undash();
    x -= 10;
  }
}

function stroke(doc: Doc, isPlan: boolean): void {
  doc.lineWidth(isPlan ? 0.8 : 1.2).strokeColor(isPlan ? PLAN : OWN);
  if (isPlan) doc.dash(3, { space: 2 });
  else doc.undash();
}

/** A line that breaks where nothing is known. */
function drawLine(
  doc: Doc,
  values: readonly (number | null)[],
  isPlan: boolean,
  xOf: (step: number) => number,
  yOf: (value: number) => number,
): void {
  stroke(doc, isPlan);
  let isDown = false;
  values.forEach((value, step) => {
    if (value === null) {
      isDown = false;
      return;
    }
    const [x, y] = [xOf(step + 0.5), yOf(value)];
    if (isDown) doc.lineTo(x, y);
    else doc.moveTo(x, y);
    isDown = true;
  });
  doc.stroke().undash();
}

function drawHatch(doc: Doc, area: Box, values: readonly (number | null)[], xOf: (step: number) => number): void {
  let begin: number | null = null;
  for (let step = 0; step <= values.length; step++) {
    const isGap = step < values.length && values[step] === null;
    if (isGap) begin ??= step;
    if (isGap || begin === null) continue;
    const [left, right] = [xOf(begin), xOf(step)];
    doc
      .save()
      .rect(left, area.y, right - left, area.height)
      .clip()
      .lineWidth(0.5)
      .strokeColor(HATCH);
    for (let x = left - area.height; x < right; x += 5)
      doc.moveTo(x, area.y + area.height).lineTo(x + area.height, area.y);
    doc.stroke().restore();
    begin = null;
  }
}

/** A bar a name, as long as its share of the longest. */
export function drawBars(doc: Doc, box: Box, { bars, digits, unit }: ReportBars, language: Language): void {
  const most = Math.max(...bars.map(({ value }) => value), 0) || 1;
  const [left, right] = [box.x + 120, box.x + box.width - 90];
  bars.forEach(({ name, value }, n) => {
    const y = box.y + n * 18;
    doc
      .font("body")
      .fontSize(8)
      .fillColor("#1f2328")
      .text(name[language], box.x, y + 2, { width: 114, lineBreak: false, ellipsis: true });
    doc.rect(left, y + 3, right - left, 8).fill("#eef1f4");
    doc.rect(left, y + 3, (right - left) * (value / most), 8).fill(OWN);
    doc
      .fillColor("#1f2328")
      .text(`${figureText(value, digits)} ${unit}`, right + 6, y + 2, { width: 84, align: "right", lineBreak: false });
  });
}
