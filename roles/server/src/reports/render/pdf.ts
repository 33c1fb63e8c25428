import { createRequire } from "node:module";
import type { LocalText, ReportDocument, ReportFigure, ReportSection, ReportTable } from "@banksman/wire/model";
import PDFDocument from "pdfkit";
import { totalsOf } from "../totals.ts";
import { cellText, daysText, figureText, heading, type Language, timeText, WORDS } from "./format.ts";
import { drawBars, drawChart } from "./pdf-charts.ts";

/** A4, points. */
const MARGIN = 42;
const INK = "#1f2328";
const MUTED = "#5b6470";
const RULE = "#c8ced6";
const BAND = "#f0f3f6";
const BODY_PT = 8;
/** Of tables with many columns. */
const SMALL_PT = 6.5;
const ROW_PT = 15;
/** The font's line is this much of its size. */
const LINE = 1.45;
const PAD_PT = 3;
const FOOT_PT = 34;
/** Where a figure's note begins below its name, and the height of one of a line. */
const NOTE_TOP_PT = 33;
const NOTE_PT = 12;
/** Tables of more columns are set smaller; of still more, they lie on their side. */
const MANY = 8;
const WIDE = 12;
/** Rows whose texts a column's width is measured by. */
const MEASURED = 200;

const fontFile = (name: string) =>
  createRequire(import.meta.url).resolve(`@expo-google-fonts/noto-sans-sc/${name}.ttf`);

type Paper = { doc: PDFKit.PDFDocument; language: Language; zone: string };

const layoutOf = (section: ReportSection | undefined) =>
  section?.type === "table" && section.columns.length > WIDE ? ("landscape" as const) : ("portrait" as const);
const isLandscape = ({ page }: PDFKit.PDFDocument): boolean => page.width > page.height;
const widthOf = ({ doc }: Paper) => doc.page.width - 2 * MARGIN;
const bottomOf = ({ doc }: Paper) => doc.page.height - MARGIN - FOOT_PT;

/**
 * A report on paper: head, figures, contents, and its sections with charts as lines and tables that repeat their heading on
 * each page. The font is embedded as far as it is used; a TTF, because pdfkit loses glyphs of CFF fonts.
 */
export async function toPdf(report: ReportDocument, language: Language, builtAt: string): Promise<Buffer> {
  const doc = new PDFDocument({
    size: "A4",
    // Its first section stands below the head.
    layout: layoutOf(report.sections[0]),
    margin: MARGIN,
    bufferPages: true,
    info: { Title: report.title[language], Creator: "Banksman" },
  });
  doc.registerFont("body", fontFile("400Regular/NotoSansSC_400Regular"));
  doc.registerFont("bold", fontFile("700Bold/NotoSansSC_700Bold"));
  const chunks: Buffer[] = [];
  doc.on("data", (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve) => doc.on("end", () => resolve()));
  const paper: Paper = { doc, language, zone: report.period.time_zone };
  drawHead(paper, report);
  drawFigures(paper, report.figures);
  drawContents(paper, report.sections);
  report.sections.forEach((section, n) => {
    drawSection(paper, section, n + 1);
  });
  drawFeet(paper, report.title, builtAt);
  doc.end();
  await ended;
  return Buffer.concat(chunks);
}

function drawHead(paper: Paper, { title, scope, period, compared }: ReportDocument): void {
  const { doc, language } = paper;
  doc.font("bold").fontSize(18).fillColor(INK).text(title[language], MARGIN, MARGIN, { continued: false });
  const against = compared ? ` · ${WORDS.beside[language]} ${daysText(compared)}` : "";
  doc.font("body").fontSize(9).fillColor(MUTED);
  doc.text(`${scope[language]} · ${daysText(period)}, ${period.time_zone}${against}`);
  doc.moveDown(0.6);
  rule(paper, 1.5, INK);
  doc.moveDown(0.8);
}

function rule({ doc }: Paper, width = 0.5, colour = RULE): void {
  doc
    .moveTo(MARGIN, doc.y)
    .lineTo(doc.page.width - MARGIN, doc.y)
    .lineWidth(width)
    .strokeColor(colour)
    .stroke();
}

/** `▲ 0.4`: how far from the period before, and whether that is the good way; a word for those who see no colour. */
function changeOf({ value, before, digits, better }: ReportFigure): string {
  if (value === null || before === null) return "";
  const change = value - before;
  const text = figureText(Math.abs(change), digits);
  if (Number(text.replaceAll(",", "")) === 0) return "=";
  const mark = better === null ? "" : change > 0 === (better === "more") ? " ✓" : " !";
  return `${change > 0 ? "▲" : "▼"} ${text}${mark}`;
}

function drawFigures(paper: Paper, figures: readonly ReportFigure[]): void {
  const { doc, language } = paper;
  const [top, width] = [doc.y, widthOf(paper) / Math.max(1, figures.length)];
  let bottom = top + NOTE_TOP_PT + NOTE_PT;
  figures.forEach((figure, n) => {
    const x = MARGIN + n * width;
    doc
      .font("body")
      .fontSize(8)
      .fillColor(MUTED)
      .text(figure.name[language], x, top, { width: width - 6, lineBreak: false, ellipsis: true });
    doc.font("bold").fontSize(14).fillColor(INK);
    const text = figureText(figure.value, figure.digits);
    doc.text(text, x, top + 12, { width: width - 6, lineBreak: false });
    const wide = doc.widthOfString(text);
    doc
      .font("body")
      .fontSize(8)
      .fillColor(MUTED)
      .text(figure.unit, x + wide + 3, top + 18, { lineBreak: false });
    const note = [changeOf(figure), figure.note?.[language] ?? ""].filter(Boolean).join(" · ");
    doc.text(note, x, top + NOTE_TOP_PT, { width: width - 6 });
    bottom = Math.max(bottom, doc.y);
  });
  doc.x = MARGIN;
  doc.y = bottom + 5;
  rule(paper);
  doc.y += 12;
}

function drawContents(paper: Paper, sections: readonly ReportSection[]): void {
  const { doc, language } = paper;
  if (sections.length < 3) return;
  doc.font("body").fontSize(8).fillColor(MUTED);
  const titles = sections.map(({ title }, n) => `${n + 1} ${title[language]}`).join("   ");
  doc.text(`${WORDS.contents[language]}: ${titles}`, MARGIN, doc.y, { width: widthOf(paper) });
  doc.y += 10;
}

function drawSection(paper: Paper, section: ReportSection, n: number): void {
  const { doc, language } = paper;
  const layout = layoutOf(section);
  if (isLandscape(doc) !== (layout === "landscape") || doc.y > bottomOf(paper) - 190)
    doc.addPage({ size: "A4", layout, margin: MARGIN });
  const unit = section.type === "table" || section.unit === "" ? "" : `  ${section.unit}`;
  doc
    .font("bold")
    .fontSize(11)
    .fillColor(INK)
    .text(`${n} ${section.title[language]}`, MARGIN, doc.y, { continued: unit !== "" });
  if (unit !== "") doc.font("body").fontSize(8).fillColor(MUTED).text(unit);
  doc.y += 4;
  if (section.type === "table") drawTable(paper, section);
  else {
    const box = {
      x: MARGIN,
      y: doc.y,
      width: widthOf(paper),
      height: section.type === "chart" ? 130 : 18 * section.bars.length,
    };
    if (section.type === "chart") drawChart(doc, box, section, { language, zone: paper.zone });
    else drawBars(doc, box, section, language);
    doc.y = box.y + box.height + 8;
  }
  if (section.note) {
    doc
      .font("body")
      .fontSize(7.5)
      .fillColor(MUTED)
      .text(section.note[language], MARGIN, doc.y, { width: widthOf(paper) });
  }
  doc.y += 14;
}

const sizeOf = ({ columns }: ReportTable): number => (columns.length > MANY ? SMALL_PT : BODY_PT);
/** Of a heading, which may have two lines. */
const headHeightOf = (table: ReportTable): number => 2 * LINE * sizeOf(table) + 2 * PAD_PT;

/** Widths that fit the cells, with headings in two lines; what is left of the page is shared, what is too much cut from texts. */
function columnWidths(paper: Paper, table: ReportTable): number[] {
  const { doc, language, zone } = paper;
  const { columns, rows } = table;
  const wished = columns.map((column, n) => {
    doc.font("bold").fontSize(sizeOf(table));
    const words = heading(column, language).split(" ");
    const head = Math.max(
      doc.widthOfString(heading(column, language)) / 2,
      ...words.map((word) => doc.widthOfString(word)),
    );
    doc.font("body");
    const cells = rows.slice(0, MEASURED).map((row) => doc.widthOfString(cellText(row[n] ?? null, column, zone)));
    return Math.max(head, ...cells) + 2 * PAD_PT + 1;
  });
  const total = wished.reduce((sum, one) => sum + one, 0);
  const spare = (widthOf(paper) - total) / columns.length;
  if (spare >= 0) return wished.map((one) => one + spare);
  const texts = wished.filter((_, n) => columns[n]?.type === "text").reduce((sum, one) => sum + one, 0);
  const shrink = Math.max(0.3, 1 - (total - widthOf(paper)) / texts);
  return wished.map((one, n) => (columns[n]?.type === "text" ? one * shrink : one));
}

function drawTable(paper: Paper, table: ReportTable): void {
  const { doc, language, zone } = paper;
  const { columns, rows } = table;
  if (rows.length === 0) {
    doc.font("body").fontSize(BODY_PT).fillColor(MUTED).text(WORDS.nothing[language], MARGIN, doc.y);
    return;
  }
  const widths = columnWidths(paper, table);
  const headHeight = headHeightOf(table);
  const line = (texts: readonly string[], font: "body" | "bold", y: number, lines: number) => {
    let x = MARGIN;
    doc.font(font).fontSize(sizeOf(table)).fillColor(INK);
    texts.forEach((text, n) => {
      const width = (widths[n] ?? 0) - 2 * PAD_PT;
      const align = columns[n]?.type === "number" ? ("right" as const) : ("left" as const);
      const room = lines === 1 ? { lineBreak: false } : { height: headHeight - PAD_PT, ellipsis: true };
      doc.text(lines === 1 ? fitted(doc, text, width) : text, x + PAD_PT, y + 3, { width: width + 1, align, ...room });
      x += widths[n] ?? 0;
    });
  };
  const head = () => {
    const y = doc.y;
    doc.rect(MARGIN, y, widthOf(paper), headHeight).fill(BAND);
    const texts = columns.map((column) => heading(column, language));
    line(texts, "bold", y, 2);
    doc.y = y + headHeight;
  };
  const row = (texts: readonly string[], font: "body" | "bold") => {
    if (doc.y + ROW_PT > bottomOf(paper)) {
      doc.addPage({ size: "A4", layout: isLandscape(doc) ? "landscape" : "portrait", margin: MARGIN });
      head();
    }
    const y = doc.y;
    line(texts, font, y, 1);
    doc.y = y + ROW_PT;
    rule(paper);
  };
  head();
  for (const cells of rows)
    row(
      columns.map((column, n) => cellText(cells[n] ?? null, column, zone)),
      "body",
    );
  const totals = totalsOf(table);
  if (totals) {
    const texts = columns.map((column, n) => (totals[n] == null ? "" : cellText(totals[n] ?? null, column, zone)));
    row([texts[0] || WORDS.total[language], ...texts.slice(1)], "bold");
  }
  doc.x = MARGIN;
  doc.y += 4;
}

/** A text cut with an ellipsis where it is too wide for its cell. */
function fitted(doc: PDFKit.PDFDocument, text: string, width: number): string {
  if (doc.widthOfString(text) <= width) return text;
  let end = Math.max(1, Math.floor((text.length * width) / doc.widthOfString(text)));
  while (end > 1 && doc.widthOfString(`${text.slice(0, end)}…`) > width) end--;
  return `${text.slice(0, end)}…`;
}

function drawFeet({ doc, language, zone }: Paper, title: LocalText, builtAt: string): void {
  const { start, count } = doc.bufferedPageRange();
  for (let page = start; page < start + count; page++) {
    doc.switchToPage(page);
    const y = doc.page.height - MARGIN - 10;
    // Below the margin pdfkit would begin a page for it.
    doc.page.margins.bottom = 0;
    doc.font("body").fontSize(7.5).fillColor(MUTED);
    doc.text(`Banksman · ${title[language]} · ${WORDS.built[language]} ${timeText(builtAt, zone)}`, MARGIN, y, {
      lineBreak: false,
    });
    doc.text(`${page - start + 1} / ${count}`, doc.page.width - MARGIN - 60, y, {
      width: 60,
      align: "right",
      lineBreak: false,
    });
    doc.page.margins.bottom = MARGIN;
  }
}
