import { GetMarket, GetProfitability, type Market, type Profit } from "@banksman/wire/api";
import { useEffect } from "react";
import { useRoute } from "../../api/query.ts";
import { StatTile } from "../../components/stat-tile.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../components/states.tsx";
import { number } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { useSession } from "../../shell/session.tsx";
import { InputsForm } from "./inputs-form.tsx";
import { InputsPanel } from "./inputs-panel.tsx";
import { MinersPanel } from "./miners-panel.tsx";
import { hashprice, usdADay, usdAKwh } from "./money.ts";
import { ModelsPanel, SitesPanel } from "./profit-panels.tsx";
import { TariffForm } from "./tariff-form.tsx";

const EVERY_MS = 30_000;

/** What the fleet earns, what it burns, and at which power price it stops paying. */
export default function ProfitabilityPage() {
  const { t } = useLang();
  const { canAt, canEverywhere } = useSession();
  const { params, set, push } = useUrlState();
  const market = useRoute(GetMarket, {}, { every: EVERY_MS, keep: true });
  const profits = useRoute(GetProfitability, {}, { every: EVERY_MS, keep: true });
  useEffect(() => {
    document.title = `${t("profit.title")} · Banksman`;
  }, [t]);
  const error = market.error ?? profits.error;
  const retry = () => void Promise.all([market.refetch(), profits.refetch()]);
  // What the market pays is the whole installation's, a tariff its site's.
  const maySetInputs = canEverywhere("site.manage");
  const maySetTariff = (siteId: string) => canAt("site.manage", siteId);
  const site = profits.data?.sites.find(({ site_id }) => site_id === params.get("site"));
  const tariffSite = profits.data?.sites.find(({ site_id }) => site_id === params.get("tariff"));
  return (
    <div className="bm-stack">
      <div className="bm-page-head">
        <h1>{t("profit.title")}</h1>
      </div>
      {error && !(market.data && profits.data) ? (
        <div className="bm-panel">
          <ErrorState error={error} onRetry={retry} permission="site.read" />
        </div>
      ) : (
        <>
          <Tiles market={market.data} total={profits.data?.total} />
          <InputsPanel market={market.data} {...(maySetInputs ? { onEdit: () => push({ inputs: "yes" }) } : {})} />
          {profits.data === undefined ? (
            <div className="bm-panel bm-panel-flush">
              <SkeletonRows rows={4} />
            </div>
          ) : profits.data.total.miners === 0 && profits.data.sites.length === 0 ? (
            <div className="bm-panel">
              <EmptyState icon="miners" title={t("profit.empty")} detail={t("profit.emptyDetail")} />
            </div>
          ) : (
            <>
              <SitesPanel
                sites={profits.data.sites}
                onOpen={(siteId) => set({ site: siteId, page: null })}
                maySetTariff={maySetTariff}
                onTariff={(siteId) => push({ tariff: siteId })}
              />
              <ModelsPanel models={profits.data.models} />
              {site ? <MinersPanel siteId={site.site_id} siteName={site.name} /> : null}
            </>
          )}
        </>
      )}
      {maySetInputs && market.data ? (
        <InputsForm market={market.data} open={params.get("inputs") === "yes"} onClose={() => set({ inputs: null })} />
      ) : null}
      <TariffForm
        site={tariffSite && maySetTariff(tariffSite.site_id) ? tariffSite : undefined}
        onClose={() => set({ tariff: null })}
      />
    </div>
  );
}

function Tiles({ market, total }: { market: Market | undefined; total: Profit | undefined }) {
  const { t } = useLang();
  const priced = market?.hashprice != null;
  const noMoney = priced ? t("profit.needsTariff") : t("profit.needsInputs");
  const from = market?.hashprice_from;
  const context = from === "pool" ? t("profit.fromPool") : from === "network" ? t("profit.fromNetwork") : undefined;
  return (
    <div className="bm-tiles">
      <StatTile
        label={t("profit.hashprice")}
        figure={market && hashprice(market.hashprice)}
        exact={market?.hashprice}
        context={context}
        missingReason={t("profit.needsInputs")}
      />
      <StatTile
        label={t("profit.revenue")}
        figure={total && usdADay(total.revenue, "site")}
        exact={total?.revenue}
        context={total && t("profit.hashing", { hashing: number(total.hashing), miners: number(total.miners) })}
        missingReason={t("profit.needsInputs")}
      />
      <StatTile
        label={t("profit.cost")}
        figure={total && usdADay(total.power_cost, "site")}
        exact={total?.power_cost}
        context={total && t("profit.withPower", { miners: number(total.with_power) })}
        missingReason={t("profit.needsTariff")}
      />
      <StatTile
        label={t("profit.margin")}
        figure={total && usdADay(total.margin, "site")}
        exact={total?.margin}
        context={t("profit.perDay")}
        missingReason={noMoney}
      />
      <StatTile
        label={t("profit.breakEven")}
        figure={total && usdAKwh(total.break_even)}
        exact={total?.break_even}
        context={t("profit.breakEvenHelp")}
        missingReason={noMoney}
      />
    </div>
  );
}
