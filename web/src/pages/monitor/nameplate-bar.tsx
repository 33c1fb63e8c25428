import type { MinerHealth } from "@banksman/wire/model";
import { kebab } from "../../components/status-glyph.tsx";
import { MISSING, percent } from "../../format/format.ts";

/** The share of the nameplate as a small bar and its figure; grey while all is well. */
export function NameplateBar({ share, health }: { share: number | null; health: MinerHealth }) {
  if (share === null) return <span className="bm-muted">{MISSING}</span>;
  const colour = health === "hashing" ? "var(--bm-border-control)" : `var(--bm-status-${kebab(health)}-mark)`;
  return (
    <span className="bm-nameplate">
      <span className="bm-bar">
        <i style={{ width: `${Math.min(100, share * 100)}%`, background: colour }} />
      </span>
      {percent(share, 0)}
    </span>
  );
}
