import { families } from "../families/index.ts";
import type { Family } from "../family.ts";
import { captures } from "./captures.ts";
import peers from "./peers.json" with { type: "json" };
import { table } from "./supported-devices.ts";

/** Where the page lies, from this file. */
export const DEVICES_PAGE = new URL("../../../../docs/devices.md", import.meta.url);

const PART = /(<!-- families:[^\n]*-->\n)[\s\S]*?(<!-- \/families -->)/;

/** The page with its tables printed anew. */
export const withFamilyTables = (page: string): string =>
  page.replace(PART, (_, open, close) => `${open}${tables()}${close}`);

/** What a family can do, by the names of the table's columns. Reading and recognising is what makes it a family. */
const CAN: readonly (readonly [column: string, can: (family: Family) => boolean])[] = [
  ["identify", () => true],
  ["read", () => true],
  ["boards", ({ fields }) => fields.includes("boards")],
  ["faults", ({ fields }) => fields.includes("faults")],
  ["power", ({ fields }) => fields.includes("power_consumption")],
  ["pools set", ({ commands }) => commands?.pools_set !== undefined],
  ["mode", ({ commands }) => commands?.mode_set !== undefined],
  ["locate", ({ commands }) => commands?.locate !== undefined],
  ["reboot", ({ commands }) => commands?.reboot !== undefined],
  ["logs", ({ commands }) => commands?.logs !== undefined],
];
const COLUMNS = CAN.map(([column]) => column);

function tables(): string {
  const cases = captures();
  const doors = { cgminer: "4028", v3: "4433", http: "web" } as const;
  const listed = table(
    ["driver", "devices", "`type`", "talks over", "recorded cases"],
    families.map((family) => [
      `\`${family.id}\``,
      family.title,
      family.types.map((type) => `\`${type}\``).join(", "),
      family.transport === "cgminer" && family.web ? "4028, web" : doors[family.transport],
      String(cases.filter((one) => one.family === family.id).length),
    ]),
  );
  const own = families.map(
    (family) => [family.id, CAN.filter(([, can]) => can(family)).map(([column]) => column)] as const,
  );
  const others = Object.entries(peers).map(
    ([name, { source, families: theirs }]) =>
      `${name}, by ${source}:\n\n${matrix(families.map(({ id }) => [id, (theirs as Record<string, string[]>)[id] ?? []]))}`,
  );
  return [
    "",
    listed,
    "",
    "What each can do in Banksman:",
    "",
    matrix(own),
    "",
    "The same of two other libraries, from their public sources; what they have beyond these families is left out.",
    "",
    others.join("\n\n"),
    "",
    "",
  ].join("\n");
}

const matrix = (rows: readonly (readonly [id: string, can: readonly string[]])[]): string =>
  table(
    ["driver", ...COLUMNS],
    rows.map(([id, can]) => [`\`${id}\``, ...COLUMNS.map((column) => (can.includes(column) ? "yes" : ""))]),
  );
