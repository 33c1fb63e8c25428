import type { SiteSummary } from "@banksman/wire/api";
import { number } from "../format/format.ts";
import { useLang } from "./use-lang.ts";

type Covered = Pick<SiteSummary, "online" | "power_consumption" | "power_miners">;

/** Of how many of the miners online a power is; null where all of them tell it, or none does. */
export function usePowerCoverage(totals: Covered | undefined): string | null {
  const { t } = useLang();
  if (!totals || totals.power_consumption === null || totals.power_miners >= totals.online) return null;
  return t("figure.ofOnline", { told: number(totals.power_miners), online: number(totals.online) });
}
