import type { Board } from "@banksman/wire/model";
import { stepOf, temperatureLimits } from "../../components/rack-heat-map/scale.ts";
import { joined, temperature } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { type ChipCell, chipCells, chipColumns } from "./chip-cells.ts";

const STEPS = 9;

/** A board's chips as small cells: coloured by temperature, crossed when bad, hatched when they don't answer. */
export function ChipMap({ board, model }: { board: Board; model: string | null }) {
  const { t } = useLang();
  const cells = chipCells(board);
  const known = (board.temperature_chips ?? []).filter((celsius) => celsius !== null);
  const range = known.length > 1 ? { min: Math.min(...known), max: Math.max(...known) } : null;
  const words =
    range &&
    t("miner.chipTemperatures", {
      count: known.length,
      min: joined(temperature(range.min)),
      max: joined(temperature(range.max)),
    });
  if (cells.length === 0) return words ? <div className="bm-muted bm-small">{words}</div> : null;
  const silent = cells.filter((cell) => cell.state === "silent").length;
  const bad = cells.filter((cell) => cell.state === "bad").length;
  const label = [
    t("miner.chipsOf", { chips: cells.length - silent, expected: cells.length }),
    bad > 0 ? t("miner.chipsBad", { count: bad }) : null,
    words,
  ];
  return (
    <div
      className="bm-chips"
      role="img"
      aria-label={label.filter(Boolean).join(", ")}
      style={{ gridTemplateColumns: `repeat(${chipColumns(cells.length)}, minmax(0, 1fr))` }}
    >
      {cells.map((cell, index) => (
        <i
          // biome-ignore lint/suspicious/noArrayIndexKey: a chip is its place on the board
          key={index}
          className={`bm-chip bm-chip-${cell.state}`}
          style={chipStyle(cell, model)}
          title={cell.celsius === null ? undefined : joined(temperature(cell.celsius))}
        />
      ))}
    </div>
  );
}

function chipStyle(cell: ChipCell, model: string | null) {
  if (cell.state !== "good" || cell.celsius === null) return {};
  return { background: `var(--bm-data-sequential-${stepOf(cell.celsius, temperatureLimits(model), STEPS)})` };
}
