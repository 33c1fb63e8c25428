import { GetSummary } from "@banksman/wire/api";
import type { ReactNode } from "react";
import { useRoute } from "../api/query.ts";
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
} from "../format/format.ts";
import { shownTemperature } from "../format/temperature-unit.ts";
import { useLang } from "../hooks/use-lang.ts";
import { usePhone } from "../hooks/use-media.ts";
import { usePowerCoverage } from "../hooks/use-power-coverage.ts";
import { UnitValue } from "./unit-value.tsx";

type Item = { label: string; figure: Figure; exact: number | null; context: ReactNode };

/** The figures of a site's head; all of one summary, so that they agree with the counters below them. */
export function SiteFigures({ siteId }: { siteId: string }) {
  const items = useItems(siteId);
  const isPhone = usePhone();
  return (
    <dl className="bm-figures">
      {items.slice(0, isPhone ? 4 : 5).map(({ label, figure, exact, context }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd className="bm-figure">
            <UnitValue figure={figure} exact={exact} />
          </dd>
          <dd className="bm-figure-context">{context}</dd>
        </div>
      ))}
    </dl>
  );
}

function useItems(siteId: string): Item[] {
  const { t } = useLang();
  const { data } = useRoute(GetSummary, { params: { site_id: siteId } }, { enabled: false });
  const ofNameplate = shareOf(data?.hashrate_ghs, data?.expected_hashrate_ghs);
  const coverage = usePowerCoverage(data);
  const rejects = rejectShare(data?.accepted_shares, data?.rejected_shares);
  return [
    {
      label: t("figure.hashrate"),
      figure: hashrate(data?.hashrate_ghs, "site"),
      exact: data?.hashrate_ghs ?? null,
      context: t("figure.ofNameplateOnly", { percent: percent(ofNameplate) }),
    },
    {
      label: t("figure.power"),
      figure: power(data?.power_consumption, "site"),
      exact: data?.power_consumption ?? null,
      context:
        coverage ??
        joined({
          text: number(data?.power_consumption == null ? null : data.power_consumption / 1_000, 1),
          unit: "kW",
        }),
    },
    {
      label: t("figure.efficiency"),
      figure:
        data?.efficiency_jth == null ? efficiency(null, null) : { text: number(data.efficiency_jth, 1), unit: "J/TH" },
      exact: data?.efficiency_jth ?? null,
      context: `${t("figure.rejected")} ${percent(rejects, 2)}`,
    },
    {
      label: t("figure.chipMax"),
      figure: temperature(data?.temperature_max),
      exact: shownTemperature(data?.temperature_max ?? null),
      context: t("figure.meanTemperature", { value: joined(temperature(data?.temperature_avg)) }),
    },
    {
      label: t("figure.online"),
      figure: { text: number(data?.online), unit: "" },
      exact: data?.online ?? null,
      context: t("figure.ofTotal", { total: number(data?.total) }),
    },
  ];
}
