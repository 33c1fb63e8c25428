import { families } from "../families/index.ts";
import { READ_FIELDS } from "../family.ts";
import { nameplates } from "../models/nameplate.ts";
import { captures } from "./captures.ts";

/** Where the page lies, from this file. */
export const PAGE = new URL("../../../../docs/supported-devices.md", import.meta.url);

/** The page of supported devices, printed from the drivers, their cases and the models' sheets. */
export function supportedDevices(): string {
  const cases = captures();
  return `# Supported devices

<!-- Printed from the drivers by \`node packages/devices/src/test/print-supported-devices.ts\`: change those, not this. -->

Banksman goes by what a device says of itself, whatever the configuration's \`type\` claims.

## Drivers

${table(
  ["driver", "devices", "type", "transport", "recorded cases"],
  families.map((family) => [
    `\`${family.id}\``,
    family.title,
    family.types.map((type) => `\`${type}\``).join(", "),
    family.transport === "v3" ? "TCP 4433, API v3" : "TCP 4028, cgminer API",
    String(cases.filter((one) => one.family === family.id).length),
  ]),
)}

The driver \`cgminer\` reads what is common to everything that speaks the cgminer API. It knows Marathon, asicseer and
NiceHash by name and says so in a warning.

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

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
