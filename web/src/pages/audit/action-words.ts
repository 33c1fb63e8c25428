import { ACTION_WORDS } from "@banksman/wire/model";
import type { Lang } from "../../format/format.ts";

export const actionWord = (action: string, lang: Lang): string => ACTION_WORDS[action]?.[lang] ?? action;

/** Every action with words, for choosing one. */
export const actionChoices = (lang: Lang): { value: string; label: string }[] =>
  Object.entries(ACTION_WORDS).map(([value, words]) => ({ value, label: words[lang] }));
