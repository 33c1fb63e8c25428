import type { GivenOrder } from "@banksman/wire/api";
import { useLang } from "../../hooks/use-lang.ts";

/** Why an order is paused; nothing where it isn't. */
export function Paused({ order: { paused_because, paused_note } }: { order: GivenOrder }) {
  const { t, lang } = useLang();
  return paused_because === null ? null : t("orders.paused", { why: paused_note?.[lang] ?? paused_because });
}
