import type { RackCell } from "@banksman/wire/api";
import { efficiency, hashrate, joined, MISSING, percent, power, shareOf, temperature } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { Age } from "../age.tsx";
import { StatusBadge } from "../status-badge.tsx";

const CARD_PX = 220;

/** Where a cell stands, in words. */
export const cellPlace = (cell: RackCell): string => cell.position ?? cell.rack ?? MISSING;

/** A cell as one spoken sentence; empty for none. */
export function useCellText(cell: RackCell | null): string {
  const { t } = useLang();
  if (cell === null) return "";
  return t("racks.cell", {
    miner: cell.miner_id,
    place: cellPlace(cell),
    status: t(`status.${cell.health}`),
    hashrate: joined(hashrate(cell.hashrate_ghs, "miner")),
    percent: percent(shareOf(cell.hashrate_ghs, cell.expected_hashrate_ghs), 0),
    temperature: joined(temperature(cell.temperature_max)),
    power: joined(power(cell.power_consumption, "miner")),
  });
}

/** The six facts of a cell beside the pointer. */
export function CellFacts({ cell, x, y, within }: { cell: RackCell; x: number; y: number; within: number }) {
  const { t } = useLang();
  const left = x + CARD_PX + 16 > within ? Math.max(0, x - CARD_PX - 12) : x + 14;
  const facts = [
    [t("figure.hashrate"), joined(hashrate(cell.hashrate_ghs, "miner"))],
    [t("column.nameplate"), percent(shareOf(cell.hashrate_ghs, cell.expected_hashrate_ghs))],
    [t("figure.chipMax"), joined(temperature(cell.temperature_max))],
    [t("figure.power"), joined(power(cell.power_consumption, "miner"))],
    [t("figure.efficiency"), joined(efficiency(cell.power_consumption, cell.hashrate_ghs))],
  ] as const;
  return (
    <div className="bm-hover-card" style={{ left, top: y + 14, width: CARD_PX }} aria-hidden="true">
      <div className="bm-hover-head">
        <b>{cell.miner_id}</b>
        <StatusBadge status={cell.health} />
      </div>
      <div className="bm-muted bm-small">{[cellPlace(cell), cell.model].filter(Boolean).join(" · ")}</div>
      <dl>
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div>
          <dt>{t("column.age")}</dt>
          <dd>
            <Age at={cell.collected_at} plain />
          </dd>
        </div>
      </dl>
    </div>
  );
}
