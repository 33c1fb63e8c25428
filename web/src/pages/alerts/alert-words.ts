import type { Alert } from "@banksman/wire/api";
import type { AlertTarget } from "@banksman/wire/model";
import type { TFunction } from "i18next";
import { number } from "../../format/format.ts";

const MOST_VALUES = 3;

/** Where an alert is: site, then what it is about. */
export function placeOf(
  { target, labels }: Pick<Alert, "target" | "labels">,
  t: TFunction,
  siteName: (siteId: string) => string,
): string {
  if (target === null) return Object.values(labels).slice(0, 2).join(" · ");
  if (target.kind === "fleet") return t("alerts.fleet");
  // A site's, rack's or container's own name stands there already.
  const isPlace = [target.site_id, target.container, target.rack].includes(target.id) && target.kind !== "miner";
  const site = target.site_id == null ? null : siteName(target.site_id);
  return [site, target.container, target.rack, isPlace ? null : target.id].filter(Boolean).join(" · ");
}

/** The figures its condition named, as they were when it was raised. */
export const valuesOf = ({ values }: Pick<Alert, "values">): string =>
  Object.entries(values)
    .slice(0, MOST_VALUES)
    .map(([name, value]) => `${name} ${typeof value === "number" ? shortNumber(value) : String(value ?? "–")}`)
    .join(", ");

const shortNumber = (value: number): string =>
  number(value, Number.isInteger(value) ? 0 : Math.abs(value) < 10 ? 2 : 1);

/** The page of what an alert is about; null where there is none. */
export function pageOf(target: AlertTarget | null): string | null {
  if (target?.site_id == null) return null;
  const site = encodeURIComponent(target.site_id);
  if (target.kind === "miner") return `/miners/${site}/${encodeURIComponent(target.id)}`;
  if (target.kind === "rack") return `/sites/${site}/racks`;
  if (target.kind === "collector") return `/sites/${site}/collector`;
  return target.kind === "site" ? `/monitor/${site}` : null;
}
