import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as api from "@banksman/wire/api";
import { BuiltInRole, ROLE_PERMISSIONS, type Route } from "@banksman/wire/api";
import { CommandOrder, CoolingOrder, coolingCommandName, EDGE_ORDERS } from "@banksman/wire/model";

export const PERMISSIONS_FILE = fileURLToPath(new URL("../docs/permissions.md", import.meta.url));

const isRoute = (value: unknown): value is Route =>
  typeof value === "object" && value !== null && "needs" in value && "method" in value;

const isForEdge = (name: string) => EDGE_ORDERS.some((one) => one === name);

const mark = (is: boolean) => (is ? "✓" : "");
const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
const table = (head: readonly string[], rows: readonly string[][]) =>
  [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");

/** Where a route's permission has to hold, in words. */
function whereOf({ at, path }: Route): string {
  if (at === "anywhere") return "some site; tells of those alone";
  if (at === "container") return "the site, or containers of it";
  const isNamed = path.includes(":site_id");
  if (at === "miners")
    return isNamed ? "the site, or miners of it by container or customer" : "some site or miners; tells of those alone";
  return isNamed ? "the site" : "everywhere";
}

function roleCells({ needs }: Route): string[] {
  if (needs === "public") return BuiltInRole.options.map(() => "✓");
  if (needs === "session") return BuiltInRole.options.map(() => "✓");
  return BuiltInRole.options.map((role) => mark(ROLE_PERMISSIONS[role].includes(needs)));
}

/** docs/permissions.md, from the table of permissions and every route of the wire. */
export function permissionsText(): string {
  const exported: readonly unknown[] = Object.values(api);
  const routes = exported
    .filter(isRoute)
    .toSorted((a, b) => a.path.localeCompare(b.path, "en") || a.method.localeCompare(b.method, "en"));
  const permissions = api.GRANTABLE.map((permission) => [
    `\`${permission}\``,
    ...BuiltInRole.options.map((role) => mark(ROLE_PERMISSIONS[role].includes(permission))),
  ]);
  const names = CommandOrder.options.map(({ shape: { order } }) => order.value);
  const orders = [
    ...names.map((name) => ({ name, where: isForEdge(name) ? "at the whole site" : "at its target" })),
    ...CoolingOrder.options.map(({ shape: { order } }) => ({
      name: coolingCommandName(order.value),
      where: "at the whole site",
    })),
  ].map(({ name, where }) => [
    `\`${name}\``,
    `\`${api.GiveCommands.needs}\` ${where}`,
    `\`${api.ApproveOrder.needs}\` there, by another`,
  ]);
  const lines = routes.map((route) => [
    `\`${route.method} /api${route.path}\``,
    `\`${route.needs}\``,
    whereOf(route),
    ...roleCells(route),
  ]);
  return `# Permissions

Printed by \`node scripts/print-permissions.ts\`. What roles, grants and scopes are: [security](security.md#permissions-roles-grants). A collector key holds \`reading.upload\` and \`reading.read\` at its own site; \`session\` is whoever is signed in, \`public\` anybody.

## Roles
${table(["permission", ...BuiltInRole.options], permissions)}

## Orders
${table(["order", "to give it", "to approve one that a policy holds"], orders)}

## Routes
${table(["route", "needs", "where", ...BuiltInRole.options], lines)}
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(PERMISSIONS_FILE, permissionsText());
