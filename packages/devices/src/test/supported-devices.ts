import { families } from "../families/index.ts";
import { READ_FIELDS } from "../family.ts";
import { nameplates } from "../models/nameplate.ts";

/** Where the page lies, from this file. */
export const PAGE = new URL("../../../../docs/supported-devices.md", import.meta.url);

/** The page of supported devices, printed from the drivers, their cases and the models' sheets. */
export function supportedDevices(): string {
  return `# Supported devices

<!-- Printed from the drivers by \`node packages/devices/src/test/print-supported-devices.ts\`: change those, not this. -->

Banksman goes by what a device says of itself, whatever the configuration's \`type\` claims.

Who is met how, and what can be ordered: [devices.md](devices.md).

## What is read

A device that doesn't tell a value gives \`null\` there, never 0.

${table(
  ["field", ...families.map((family) => `\`${family.id}\``)],
  READ_FIELDS.map((field) => [
    `\`${field}\``,
    ...families.map((family) => (family.fields.includes(field) ? "yes" : "")),
  ]),
)}

## Models with a known sheet

The maker's figures serve where a device doesn't tell its own rating: for the expected hashrate, for the count of boards
and chips, and for watts, which are then marked \`estimated\`. Other models are read all the same.

${table(
  ["make", "model", "TH/s", "W", "boards × chips", "fans"],
  nameplates.map((plate) => [
    plate.make,
    plate.model,
    figure(plate.hashrateThs),
    figure(plate.watts),
    plate.boards === null ? "" : `${plate.boards}${plate.chipsPerBoard === null ? "" : ` × ${plate.chipsPerBoard}`}`,
    figure(plate.fans),
  ]),
)}
`;
}

const figure = (value: number | null) => (value === null ? "" : String(value));

export function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
