import { GetDisplayDefaults } from "@banksman/wire/api";
import { Fragment, type ReactNode, useEffect } from "react";
import { useRoute } from "../api/query.ts";
import { setTemperatureUnit } from "../format/temperature-unit.ts";
import { showUsualLang } from "../i18n/index.ts";

/** What this installation shows where nobody chose: its language, and the unit of temperatures on every page. */
export function DisplayDefaults({ children }: { children: ReactNode }) {
  const { data, isPending } = useRoute(GetDisplayDefaults, {}, { keep: true });
  const language = data?.language ?? "browser";
  useEffect(() => {
    if (language !== "browser") void showUsualLang(language);
  }, [language]);
  if (isPending) return null;
  const unit = data?.temperature ?? "celsius";
  setTemperatureUnit(unit);
  // Figures are made by functions that don't know of React: another unit draws everything anew.
  return <Fragment key={unit}>{children}</Fragment>;
}
