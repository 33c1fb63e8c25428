import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type { Lang } from "../format/format.ts";
import { hasPreference, readPreference, writePreference } from "../hooks/preference.ts";
import { en } from "./en.ts";
import { zh } from "./zh.ts";

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: typeof en };
  }
}

const isLang = (value: string): value is Lang => value === "en" || value === "zh";
const browserLang = (): Lang => (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");

const show = (lang: string) => {
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
};

/** Starts in the language chosen before on this device, else in the browser's. */
export async function startI18n(): Promise<void> {
  const lng = readPreference("lang", isLang, browserLang());
  await i18next.use(initReactI18next).init({
    lng,
    fallbackLng: "en",
    resources: { en: { translation: en }, zh: { translation: zh } },
    // React escapes already.
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  show(lng);
  i18next.on("languageChanged", show);
}

/** The language in force. */
export const currentLang = (): Lang => (i18next.language === "zh" ? "zh" : "en");

/** Shows the installation's language where none was chosen on this device. */
export async function showUsualLang(lang: Lang): Promise<void> {
  if (!hasPreference("lang") && currentLang() !== lang) await i18next.changeLanguage(lang);
}

/** Switches between zh and en and remembers it on this device. */
export async function switchLang(): Promise<void> {
  const next = currentLang() === "zh" ? "en" : "zh";
  writePreference("lang", next);
  await i18next.changeLanguage(next);
}
