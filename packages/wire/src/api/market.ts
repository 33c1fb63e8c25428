import { z } from "zod";
import { MarketFactName, MarketReadings } from "../ingest/market-readings.ts";
import { defineRoute, reply } from "./route.ts";
import { SiteId } from "./sites.ts";

const nullable = z.number().nullable();

/**
 * One input with where it comes from: `manual` was typed in by the person `source`, `collector` told by the collector of
 * that name, `protocol` is what every node knows. `value` is null while nobody has told it.
 */
const Input = z.object({
  value: nullable,
  origin: z.enum(["manual", "collector", "protocol"]).nullable(),
  source: z.string().nullable(),
  at: z.iso.datetime().nullable(),
});
export type MarketInput = z.infer<typeof Input>;

/** How a pool pays: `fpps` subsidy and fees, `pps` the subsidy alone. */
export const PayoutScheme = z.enum(["fpps", "pps"]);
export type PayoutScheme = z.infer<typeof PayoutScheme>;

export const Market = z.object({
  inputs: z.record(MarketFactName, Input),
  scheme: PayoutScheme,
  /** The pool's share, 0 to 1. */
  pool_fee: z.number(),
  /** USD a PH/s and day before the pool's fee: the pool's own where it is given, else from difficulty and price. */
  hashprice: nullable,
  hashprice_from: z.enum(["pool", "network"]).nullable(),
  /** BTC a TH/s and day before the pool's fee. */
  btc_per_th_day: nullable,
  network_hashrate_ehs: nullable,
});
export type Market = z.infer<typeof Market>;

export const GetMarket = defineRoute({
  method: "GET",
  path: "/market",
  summary: "What a mine earns by: price, difficulty, block reward and hashprice, each with its source",
  needs: "site.read",
  at: "anywhere",
  reply: reply(Market),
});

const typed = nullable.optional();
export const SetMarket = defineRoute({
  method: "PATCH",
  path: "/market",
  summary: "Types inputs in by hand; null goes back to what collectors tell",
  needs: "site.manage",
  body: z.strictObject({
    btc_price: typed.refine((value) => value == null || (value > 0 && value < 1e9), "USD, above 0"),
    difficulty: typed.refine((value) => value == null || value >= 1, "at least 1"),
    subsidy_btc: typed.refine((value) => value == null || (value >= 0 && value <= 50), "BTC a block, 0 to 50"),
    fees_btc: typed.refine((value) => value == null || (value >= 0 && value <= 1_000), "BTC a block, at least 0"),
    hashprice: typed.refine((value) => value == null || (value > 0 && value < 1e6), "USD a PH/s and day, above 0"),
    scheme: PayoutScheme.optional(),
    pool_fee: z.number().min(0).max(0.5).optional(),
  }),
  reply: reply(Market),
});

export const UploadMarket = defineRoute({
  method: "POST",
  path: "/market/readings",
  summary: "Takes facts of the market from a collector; each name keeps its newest",
  needs: "reading.upload",
  audited: false,
  at: "anywhere",
  body: MarketReadings,
  reply: reply(z.object({ stored: z.int() })),
});

/** Price of a kWh by hour of the site's day; `from` and `to` are whole hours, 22 to 6 goes over midnight. */
export const TariffBand = z
  .object({ from: z.int().min(0).max(23), to: z.int().min(0).max(24), price: z.number().min(0).max(10) })
  .refine(({ from, to }) => from !== to, {
    error: "must differ from its start; 0 to 24 is the whole day",
    path: ["to"],
  });
export type TariffBand = z.infer<typeof TariffBand>;
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

export const Tariff = z.object({
  /** USD a kWh, in every hour that no band names. */
  price: z.number().min(0).max(10),
  bands: z.array(TariffBand).max(24).default([]),
  /** What cooling and losses add to the miners' own power: 1.1 is 10 %. */
  overhead: z.number().min(1).max(5).default(1),
});
export type Tariff = z.infer<typeof Tariff>;

/** Whether a band names an hour of the site's clock. */
export const hasHour = ({ from, to }: TariffBand, hour: number): boolean =>
  from < to ? hour >= from && hour < to : hour >= from || hour < to;
const hasOwnHours = (band: TariffBand, n: number, bands: readonly TariffBand[]): boolean =>
  !bands.slice(0, n).some((other) => HOURS.some((hour) => hasHour(other, hour) && hasHour(band, hour)));

export const SetTariff = defineRoute({
  method: "PATCH",
  path: "/sites/:site_id/tariff",
  summary: "Sets what a site pays for power",
  needs: "site.manage",
  params: z.object({ site_id: SiteId }),
  body: Tariff.refine(({ bands }) => bands.every(hasOwnHours), {
    error: "name each hour once: two of them would have two prices",
    path: ["bands"],
  }),
  reply: reply(Tariff),
});

/** Money in USD a day, at this moment's hashrate and power. Null where something it needs is unknown. */
export const Profit = z.object({
  miners: z.int(),
  /** How many of them hash, and how many of those tell their power. */
  hashing: z.int(),
  with_power: z.int(),
  hashrate_ghs: nullable,
  power_watts: nullable,
  efficiency_j_th: nullable,
  revenue: nullable,
  power_cost: nullable,
  margin: nullable,
  /** USD a kWh at which these machines earn just what they burn. */
  break_even: nullable,
});
export type Profit = z.infer<typeof Profit>;

export const GetProfitability = defineRoute({
  method: "GET",
  path: "/market/profitability",
  summary: "Revenue, power cost and break-even power price of the fleet, each site and each model",
  needs: "site.read",
  at: "anywhere",
  query: z.object({ site_id: SiteId.optional() }),
  reply: reply(
    z.object({
      total: Profit,
      sites: z.array(z.object({ site_id: z.string(), name: z.string(), tariff: Tariff.nullable(), ...Profit.shape })),
      models: z.array(z.object({ model: z.string().nullable(), ...Profit.shape })),
    }),
  ),
});

const MinerProfit = z.object({
  site_id: z.string(),
  miner_id: z.string(),
  model: z.string().nullable(),
  ...Profit.shape,
});
export type MinerProfit = z.infer<typeof MinerProfit>;

export const GetMinerProfits = defineRoute({
  method: "GET",
  path: "/sites/:site_id/profitability/miners",
  summary: "Revenue, power cost and break-even power price of each hashing miner of a site, the worst first",
  needs: "site.read",
  params: z.object({ site_id: SiteId }),
  query: z.object({
    page: z.coerce.number().int().min(1).default(1),
    per_page: z.coerce.number().int().min(1).max(200).default(50),
  }),
  reply: reply(z.object({ miners: z.array(MinerProfit), total: z.int() })),
});
