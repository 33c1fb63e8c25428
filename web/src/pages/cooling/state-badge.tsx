import type { CoolingState } from "@banksman/wire/api";
import type { MinerHealth } from "@banksman/wire/model";
import { StatusGlyph } from "../../components/status-glyph.tsx";
import { useLang } from "../../hooks/use-lang.ts";

/** The shapes of miners' statuses stand for what is alike about cooling units. */
export const STATE_SHAPES: Record<CoolingState, MinerHealth> = {
  online: "hashing",
  lost: "degraded",
  failing: "unreachable",
  silent: "notHashing",
  new: "unregistered",
  off: "asleep",
};

/** What a unit is up to, as shape and word; as the shape alone with its word spoken. */
export function CoolingStateBadge({ state, plain = false }: { state: CoolingState; plain?: boolean }) {
  const { t } = useLang();
  const word = t(`cooling.state.${state}`);
  if (plain) return <StatusGlyph status={STATE_SHAPES[state]} label={word} />;
  return (
    <span className="bm-badge">
      <StatusGlyph status={STATE_SHAPES[state]} /> {word}
    </span>
  );
}
