import type { GivenOrder } from "@banksman/wire/api";
import { CommandState } from "@banksman/wire/model";
import { number } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { STATE_LOOK } from "./order-words.ts";

/** One state as shape and word. */
export function CommandBadge({ state, count }: { state: CommandState; count?: number }) {
  const { t } = useLang();
  const { shape, colour } = STATE_LOOK[state];
  return (
    <span className="bm-with-glyph" style={{ color: colour }}>
      <span aria-hidden="true">{shape}</span>
      {t(`commandState.${state}`)}
      {count === undefined ? null : <b>{number(count)}</b>}
    </span>
  );
}

/** How many devices of an order are in which state, in the order in which they go through them. */
export function CommandTrail({ counts }: { counts: GivenOrder["by_state"] }) {
  const states = CommandState.options.filter((state) => (counts[state] ?? 0) > 0);
  const total = states.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
  return (
    <span className="bm-findings">
      {states.map((state) => (
        <CommandBadge key={state} state={state} {...(total > 1 ? { count: counts[state] ?? 0 } : {})} />
      ))}
    </span>
  );
}
