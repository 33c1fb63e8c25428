import type { LatestRow } from "@banksman/wire/api";
import { readingSeconds } from "@banksman/wire/model";
import { Age } from "../../components/age.tsx";
import { StatusBadge } from "../../components/status-badge.tsx";
import { hashrate, joined, percent, power, shareOf, temperature } from "../../format/format.ts";
import { type CellContext, placeOf } from "./columns.tsx";
import { reasonText } from "./reason.ts";

type Props = { rows: readonly LatestRow[]; context: CellContext; onOpen: (minerId: string) => void; label: string };

/** The table as two-line cards for phones. */
export function MinerCards({ rows, context, onOpen, label }: Props) {
  return (
    <ul className="bm-cards" aria-label={label}>
      {rows.map((row) => (
        <li key={row.miner_id}>
          <button type="button" className="bm-card" onClick={() => onOpen(row.miner_id)}>
            <span className="bm-card-line">
              <b className="bm-card-id">{row.miner_id}</b>
              <span className="bm-grow" />
              <StatusBadge status={row.health} />
            </span>
            <span className="bm-card-line bm-secondary">
              <span className="bm-card-facts">
                <b className="bm-medium">{joined(hashrate(row.hashrate_ghs, "miner"))}</b>
                <span>{percent(shareOf(row.hashrate_ghs, row.expected_hashrate_ghs), 0)}</span>
                <span>{joined(temperature(row.temperature_max))}</span>
                <span>{joined(power(row.power_consumption, "miner"))}</span>
              </span>
              <span className="bm-grow" />
              <Age at={row.collected_at} interval={readingSeconds(row.driver, context.interval)} plain />
            </span>
            <span className="bm-card-line bm-muted bm-small">
              {[reasonText(row, context.t), row.model, placeOf(row)].filter(Boolean).join(" · ")}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
