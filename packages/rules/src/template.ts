import { nearest } from "@banksman/kit";
import type { LocalText, RuleField } from "@banksman/wire/model";

export type Figures = Readonly<Record<string, number | string | boolean | null>>;

const BRACES = /\{([^{}]*)\}/g;
/** What every text may name beside the fields of its target. */
export const TEXT_NAMES = ["target", "duration", "count"] as const;

export type TextProblem = { message: LocalText; from: number; to: number; nearest: string | null };

/** Checks the names in a text's braces. */
export function checkTemplate(text: string, fields: readonly RuleField[]): TextProblem[] {
  const names = [...TEXT_NAMES, ...fields.map(({ name }) => name)];
  return [...text.matchAll(BRACES)].flatMap((match) => {
    const name = (match[1] ?? "").trim();
    if (names.includes(name)) return [];
    const near = nearest(name, names);
    const message = {
      zh: `没有字段 ${name}${near === null ? "" : `，是否指 ${near}？`}`,
      en: `there is no field ${name}${near === null ? "" : `; did you mean ${near}?`}`,
    };
    return [{ message, from: match.index, to: match.index + match[0].length, nearest: near }];
  });
}

/** Fills a text's braces; what nobody told reads as –. */
export const fillTemplate = (text: string, figures: Figures): string =>
  text.replaceAll(BRACES, (_, name: string) => shown(figures[name.trim()] ?? null));

function shown(value: number | string | boolean | null): string {
  if (value === null) return "–";
  if (typeof value !== "number") return String(value);
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
}
