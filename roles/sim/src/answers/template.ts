import { readFileSync } from "node:fs";

export type Row = Record<string, unknown>;

const CAPTURES = new URL("../../captures/", import.meta.url);

/** A captured answer, as rows of its one section: `rows("antminer/stats", "STATS")`. Throws when it isn't that shape. */
export function rows(name: string, section: string): Row[] {
  const answer: unknown = JSON.parse(readFileSync(new URL(`${name}.json`, CAPTURES), "utf8"));
  const found: unknown = typeof answer === "object" && answer !== null ? Reflect.get(answer, section) : undefined;
  if (!Array.isArray(found)) throw new TypeError(`captures/${name}.json has no ${section}`);
  return found.filter(isRow);
}

/** The one object of a section, or of the answer itself when `section` is null. */
export function row(name: string, section: string): Row {
  const answer: unknown = JSON.parse(readFileSync(new URL(`${name}.json`, CAPTURES), "utf8"));
  const found: unknown = isRow(answer) ? answer[section] : undefined;
  if (isRow(found)) return found;
  const first = rows(name, section)[0];
  if (!first) throw new TypeError(`captures/${name}.json has an empty ${section}`);
  return first;
}

const isRow = (value: unknown): value is Row => typeof value === "object" && value !== null && !Array.isArray(value);

/** A whole answer of the cgminer API. */
export function answer(code: number, message: string, description: string, whenS: number, sections: Row): string {
  const status = [{ STATUS: "S", When: whenS, Code: code, Msg: message, Description: description }];
  return JSON.stringify({ STATUS: status, ...sections, id: 1 });
}

/** A refusal of the cgminer API: 14 unknown command, 24 no command, 45 not allowed. */
export function refusal(code: number, message: string, description: string, whenS: number): string {
  return JSON.stringify({
    STATUS: [{ STATUS: "E", When: whenS, Code: code, Msg: message, Description: description }],
    id: 1,
  });
}
