import { useTranslation } from "react-i18next";
import type { Lang } from "../format/format.ts";

/** Translator and language in one; re-renders when the language changes. */
export function useLang() {
  const { t, i18n } = useTranslation();
  const lang: Lang = i18n.language === "zh" ? "zh" : "en";
  return { t, lang };
}
