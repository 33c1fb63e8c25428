/** Reads a text, trimmed and on one line, at most `max` long; null where it is empty or no text. Numbers count as text. */
export function text(raw: unknown, max = 128): string | null {
  if (typeof raw === "number" && Number.isFinite(raw)) return String(raw);
  if (typeof raw !== "string") return null;
  const line = raw.replace(LINE_BREAKS, " ").replace(CONTROLS, "").trim();
  return line === "" ? null : line.slice(0, max);
}

const LINE_BREAKS = /\s+/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out here
const CONTROLS = /[\u0000-\u001f\u007f]/g;

/** The first line of a text: some firmwares hang their version on the model's name (`Antminer S9\nV1.3.58`). */
export const firstLine = (raw: unknown, max = 128): string | null =>
  typeof raw === "string" ? text(raw.trim().split("\n")[0], max) : text(raw, max);

/** A text without the quotes that WhatsMiner puts around its firmware version: `'20210322.22.REL'`. */
export function unquoted(raw: unknown): string | null {
  const value = text(raw);
  return value === null ? null : text(value.replace(/^['"]+|['"]+$/g, ""));
}

/** A MAC address in lower case with colons, whatever its spelling; null for what is none, and for all zeros. */
export function mac(raw: unknown): string | null {
  const digits = text(raw)
    ?.toLowerCase()
    .replace(/[:\-.]/g, "");
  if (digits === undefined || !/^[0-9a-f]{12}$/.test(digits) || /^(0+|f+)$/.test(digits)) return null;
  return digits.replace(/(..)(?!$)/g, "$1:");
}

/** True for the spellings of yes: true, "true", 1, "1", "Y". */
export const isTrue = (raw: unknown): boolean =>
  raw === true || raw === 1 || (typeof raw === "string" && /^(?:true|1|y|yes|on)$/i.test(raw.trim()));
