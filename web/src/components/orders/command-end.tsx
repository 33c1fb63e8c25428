import type { Command } from "@banksman/wire/api";
import { isOrderEnd, ORDER_END_WORDS, orderEndWords } from "@banksman/wire/model";
import { useLang } from "../../hooks/use-lang.ts";

/**
 * Why a command waits or what it ended with, in the reader's language. What the edge or the device said besides stands
 * beneath as it came: it is in their words.
 */
export function CommandEnd({ note, code, result }: Pick<Command, "note" | "code" | "result">) {
  const { lang } = useLang();
  if (result === null) {
    const words = note ?? (isOrderEnd(code) ? ORDER_END_WORDS[code] : null);
    return words ? <span className="bm-wrap">{words[lang]}</span> : null;
  }
  const words = orderEndWords(result);
  const said = [result.reason, result.seen].filter(Boolean).join("; ");
  return (
    <span className="bm-wrap">
      {words?.[lang]}
      {said === "" ? null : <small className="bm-order-said">“{said}”</small>}
    </span>
  );
}
