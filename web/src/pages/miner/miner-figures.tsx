import type { LatestRow } from "@banksman/wire/api";
import { withCurrentFigures } from "../../api/current-figures.ts";
import { UnitValue } from "../../components/unit-value.tsx";
import {
  efficiency,
  type Figure,
  hashrate,
  joined,
  number,
  percent,
  power,
  rejectShare,
  shareOf,
  temperature,
} from "../../format/format.ts";
import { shownTemperature } from "../../format/temperature-unit.ts";
import { duration } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";

type Item = { label: string; figure: Figure; exact?: number | null; context?: string };

/** The eight figures of a miner; the drawer shows the same ones. */
export function MinerFigures({ row }: { row: LatestRow }) {
  return (
    <dl className="bm-panel bm-miner-figures">
      {useItems(withCurrentFigures(row)).map(({ label, figure, exact, context }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            <span className="bm-figure">
              <UnitValue figure={figure} exact={exact ?? null} />
            </span>
            {context ? <span className="bm-figure-context">{context}</span> : null}
          </dd>
        </div>
      ))}
    </dl>
  );
}

const withNumber = (value: number | null, unit: string, digits = 0): Figure => ({ text: number(value, digits), unit });

function fanFigure(row: LatestRow): { figure: Figure; mean: number | null } {
  const fans = row.fan_speeds ?? [];
  const turning = fans.filter((rpm) => rpm !== null && rpm > 0);
  const mean = turning.length === 0 ? null : turning.reduce<number>((sum, rpm) => sum + (rpm ?? 0), 0) / turning.length;
  return {
    figure: withNumber(fans.length === 0 ? null : turning.length, fans.length === 0 ? "" : `/ ${fans.length}`),
    mean,
  };
}

function useItems(row: LatestRow): Item[] {
  const { t, lang } = useLang();
  const share = shareOf(row.hashrate_ghs, row.expected_hashrate_ghs);
  const rejects = rejectShare(row.accepted_shares, row.rejected_shares);
  const fans = fanFigure(row);
  const nameplate = joined(hashrate(row.expected_hashrate_ghs, "miner"));
  return [
    {
      label: t("figure.hashrate"),
      figure: hashrate(row.hashrate_ghs, "miner"),
      exact: row.hashrate_ghs,
      context: share === null ? "" : t("figure.ofNameplate", { percent: percent(share, 0), nameplate }),
    },
    { label: t("figure.average"), figure: hashrate(row.hashrate_5s_ghs, "miner"), exact: row.hashrate_5s_ghs },
    {
      label: t("figure.power"),
      figure: power(row.power_consumption, "miner"),
      exact: row.power_consumption,
      context: row.power_source === null ? "" : t(`figure.${row.power_source}`),
    },
    { label: t("figure.efficiency"), figure: efficiency(row.power_consumption, row.hashrate_ghs) },
    {
      label: t("figure.chipMax"),
      figure: temperature(row.temperature_max),
      exact: shownTemperature(row.temperature_max),
      context:
        row.temperature_avg === null
          ? ""
          : t("figure.meanTemperature", { value: joined(temperature(row.temperature_avg)) }),
    },
    {
      label: t("figure.rejected"),
      figure: withNumber(rejects === null ? null : rejects * 100, "%", 2),
      exact: rejects,
      context: row.accepted_shares === null ? "" : t("figure.shares", { accepted: number(row.accepted_shares) }),
    },
    {
      label: t("figure.fans"),
      figure: fans.figure,
      context: fans.mean === null ? "" : t("figure.fansMean", { rpm: number(fans.mean) }),
    },
    {
      label: t("figure.uptime"),
      figure: { text: duration(row.uptime_seconds, lang), unit: "" },
      exact: row.uptime_seconds,
    },
  ];
}
