import type {
  BodyOf,
  GetMinerProfits,
  GetProfitability,
  Market,
  MarketInput,
  MinerProfit,
  ReplyOf,
  SetMarket,
  Tariff,
} from "@banksman/wire/api";
import { type MarketFact, MarketFactName } from "@banksman/wire/ingest";
import { isWithin, type Sites } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import { addProfits, earningsOf, profitOf } from "./economics.ts";
import type { MarketStore, SiteTariff, StoredFact } from "./store.ts";

/** The reward of a block until height 1,050,000, some time in 2028; fees come on top where somebody tells them. */
const SUBSIDY: MarketInput = { value: 3.125, origin: "protocol", source: null, at: null };
const UNKNOWN: MarketInput = { value: null, origin: null, source: null, at: null };
/** A price from a clock that runs ahead would hide every later one. */
const MAX_AHEAD_MS = 10 * 60_000;

export type MarketService = ReturnType<typeof marketService>;

/** Market inputs and what the fleet earns by them. */
export const marketService = (store: MarketStore, defaults: () => { price?: number | undefined; overhead: number }) => {
  /** What a site pays; one without a tariff of its own as is set for all, if anything is. */
  const inForce = (own: Tariff | null): Tariff | null => {
    const { price, overhead } = defaults();
    return own ?? (price === undefined ? null : { price, bands: [], overhead });
  };
  const market = async (): Promise<Market> => {
    const [facts, settings] = await Promise.all([store.facts(), store.settings()]);
    const inputs = inputsOf(facts);
    const value = (name: MarketFactName) => inputs[name].value;
    const earnings = earningsOf(
      {
        btc_price: value("btc_price"),
        difficulty: value("difficulty"),
        subsidy_btc: value("subsidy_btc"),
        fees_btc: value("fees_btc"),
        hashprice: value("hashprice"),
      },
      settings.scheme,
    );
    return { inputs, ...settings, ...earnings };
  };

  const findSite = async (siteId: string, reached: Sites = "all"): Promise<SiteTariff> => {
    const [site] = isWithin(reached, siteId) ? await store.tariffs(siteId) : [];
    if (!site) throw problem(404, "NO_SUCH_SITE", `there is no site "${siteId}"`, { path: "site_id" });
    return site;
  };

  return {
    market,

    set: async (change: BodyOf<typeof SetMarket>, by: string): Promise<Market> => {
      const { scheme, pool_fee, ...typed } = change;
      if (scheme !== undefined || pool_fee !== undefined) await store.setSettings({ scheme, pool_fee });
      for (const name of MarketFactName.options) {
        const value = typed[name];
        if (value !== undefined) await store.setManual(name, value, by);
      }
      return market();
    },

    takeFacts: async (facts: readonly MarketFact[]): Promise<{ stored: number }> => {
      const ahead = facts.find(({ at }) => Date.parse(at) > Date.now() + MAX_AHEAD_MS);
      if (ahead)
        throw problem(400, "CLOCK_AHEAD", `${ahead.at} is more than 10 minutes ahead; set the collector's clock`, {
          path: "facts.at",
        });
      return { stored: await store.takeFacts(facts) };
    },

    /** What each site pays, where anything is set for it or for all. */
    tariffs: async (): Promise<Map<number, Tariff>> => {
      const sites = await store.tariffs();
      return new Map(
        sites.flatMap(({ site_no, tariff }) => {
          const paid = inForce(tariff);
          return paid ? [[site_no, paid] as const] : [];
        }),
      );
    },

    tariff: async (siteId: string): Promise<Tariff | null> => (await findSite(siteId)).tariff,

    setTariff: async (siteId: string, tariff: Tariff): Promise<Tariff> => {
      const { site_no } = await findSite(siteId);
      await store.setTariff(site_no, tariff);
      return tariff;
    },

    profitability: async (
      siteId: string | undefined,
      reached: Sites,
    ): Promise<ReplyOf<typeof GetProfitability>["data"]> => {
      const found = siteId === undefined ? await store.tariffs() : [await findSite(siteId, reached)];
      const sites = found.filter((site) => isWithin(reached, site.site_id));
      const [{ hashprice, pool_fee }, groups] = await Promise.all([
        market(),
        store.groups(sites.map((one) => one.site_no)),
      ]);
      const tariffOf = new Map(sites.map((site) => [site.site_no, inForce(site.tariff)]));
      const profits = groups.map((sums) => ({
        ...sums,
        profit: profitOf(sums, hashprice, pool_fee, tariffOf.get(sums.site_no) ?? null),
      }));
      const bySite = sites.map(({ site_no, site_id, name, tariff }) => ({
        site_id,
        name,
        tariff: inForce(tariff),
        ...addProfits(profits.filter((one) => one.site_no === site_no).map(({ profit }) => profit)),
      }));
      const models = [...Map.groupBy(profits, ({ model }) => model)].map(([model, parts]) => ({
        model,
        ...addProfits(parts.map(({ profit }) => profit)),
      }));
      return { total: addProfits(bySite), sites: bySite, models: models.toSorted((a, b) => b.miners - a.miners) };
    },

    miners: async (siteId: string, page: number, perPage: number): Promise<ReplyOf<typeof GetMinerProfits>["data"]> => {
      const { site_no, tariff } = await findSite(siteId);
      const { hashprice, pool_fee } = await market();
      const { rows, total } = await store.miners(site_no, perPage, (page - 1) * perPage);
      const miners = rows.map(
        ({ miner_id, model, ...sums }): MinerProfit => ({
          site_id: siteId,
          miner_id,
          model,
          ...profitOf(sums, hashprice, pool_fee, inForce(tariff)),
        }),
      );
      return { miners, total };
    },
  };
};

/** What a person typed goes before what collectors tell. */
function inputsOf(facts: readonly StoredFact[]): Market["inputs"] {
  const input = (name: MarketFactName, otherwise = UNKNOWN): MarketInput => {
    const own = facts.filter((fact) => fact.name === name);
    const chosen = own.find(({ origin }) => origin === "manual") ?? own[0];
    if (!chosen) return otherwise;
    const { value, origin, source, at } = chosen;
    return { value, origin, source, at: at.toISOString() };
  };
  return {
    btc_price: input("btc_price"),
    difficulty: input("difficulty"),
    subsidy_btc: input("subsidy_btc", SUBSIDY),
    fees_btc: input("fees_btc"),
    hashprice: input("hashprice"),
  };
}
