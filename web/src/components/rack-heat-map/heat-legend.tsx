import { MinerHealth } from "@banksman/wire/model";
import { joined, percent, temperature } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { StatusGlyph } from "../status-glyph.tsx";
import { type HeatMode, NAMEPLATE_LIMITS, temperatureLimits } from "./scale.ts";

/** What the colours mean: fixed limits with their unit, and what is drawn otherwise. */
export function HeatLegend({ mode, model }: { mode: HeatMode; model: string | null }) {
  const { t } = useLang();
  return (
    <div className="bm-legend">
      {mode === "status" ? <StatusLegend /> : <ScaleLegend mode={mode} model={model} />}
      <div className="bm-legend-line">
        {mode === "status" ? null : (
          <>
            <span>
              <i className="bm-swatch bm-swatch-hatch" /> {t("racks.noData")}
            </span>
            <span>
              <i className="bm-swatch bm-swatch-hatch bm-swatch-unreachable" /> {t("racks.unreachable")}
            </span>
            <span>
              <i className="bm-swatch bm-swatch-asleep" /> {t("racks.asleep")}
            </span>
          </>
        )}
        <span>
          <i className="bm-swatch bm-swatch-empty" /> {t("racks.emptySlot")}
        </span>
        <span className="bm-grow" />
        <span>{t("racks.origin")}</span>
      </div>
    </div>
  );
}

function ScaleLegend({ mode, model }: { mode: "hashrate" | "temperature"; model: string | null }) {
  const { t } = useLang();
  const limits = mode === "hashrate" ? NAMEPLATE_LIMITS : temperatureLimits(model);
  const [name, steps] = mode === "hashrate" ? ["diverging", 11] : ["sequential", 9];
  const low = mode === "hashrate" ? percent(limits.low, 0) : temperature(limits.low).text;
  const high = mode === "hashrate" ? percent(limits.high, 0) : joined(temperature(limits.high));
  const what =
    mode === "hashrate" ? t("racks.ofNameplateFixed") : [t("racks.fixed"), model].filter(Boolean).join(" · ");
  return (
    <div className="bm-legend-line">
      <span>{low}</span>
      <span className="bm-scale">
        {Array.from({ length: Number(steps) }, (_, step) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the steps of a fixed scale
          <i key={step} style={{ background: `var(--bm-data-${name}-${step})` }} />
        ))}
      </span>
      <span>{high}</span>
      <span>{what}</span>
    </div>
  );
}

function StatusLegend() {
  const { t } = useLang();
  return (
    <div className="bm-legend-line bm-legend-wrap">
      {MinerHealth.options.map((status) => (
        <span key={status}>
          <StatusGlyph status={status} size={10} /> {t(`status.${status}`)}
        </span>
      ))}
    </div>
  );
}
