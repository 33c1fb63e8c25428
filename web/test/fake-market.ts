import type { LatestRow, Market, Profit, Tariff } from "@banksman/wire/api";

const HASHPRICE = 48.05;

/** What the fake server knows of market and tariffs. */
export class FakeMarket {
  tariff: Tariff | null = { price: 0.055, bands: [{ from: 22, to: 6, price: 0.035 }], overhead: 1.06 };
  market: Market = {
    inputs: {
      btc_price: { value: 90_000, origin: "collector", source: "binance BTC-USDT", at: new Date().toISOString() },
      difficulty: { value: 1.2e14, origin: "manual", source: "admin", at: "2026-11-20T08:00:00.000Z" },
      subsidy_btc: { value: 3.125, origin: "protocol", source: null, at: null },
      fees_btc: { value: null, origin: null, source: null, at: null },
      hashprice: { value: null, origin: null, source: null, at: null },
    },
    scheme: "fpps",
    pool_fee: 0.01,
    hashprice: HASHPRICE,
    hashprice_from: "network",
    btc_per_th_day: 5.34e-7,
    network_hashrate_ehs: 859,
  };

  /** The profit of some rows; a row that does not tell its power leaves the cost open. */
  profitOf(rows: readonly LatestRow[]): Profit {
    const hashing = rows.filter((row) => row.online && (row.hashrate_ghs ?? 0) > 0);
    const sum = (pick: (row: LatestRow) => number | null) =>
      hashing.length === 0 ? null : hashing.reduce((total, row) => total + (pick(row) ?? 0), 0);
    const [ghs, watts] = [sum((row) => row.hashrate_ghs), sum((row) => row.power_consumption)];
    const revenue = ghs === null || this.market.hashprice === null ? null : (ghs / 1e6) * this.market.hashprice;
    const cost = watts === null || this.tariff === null ? null : (watts / 1_000) * 24 * this.tariff.price;
    return {
      miners: rows.length,
      hashing: hashing.length,
      with_power: hashing.length,
      hashrate_ghs: ghs,
      power_watts: watts,
      efficiency_j_th: ghs && watts ? watts / (ghs / 1_000) : null,
      revenue,
      power_cost: cost,
      margin: revenue === null || cost === null ? null : revenue - cost,
      break_even: revenue === null || !watts ? null : revenue / ((watts / 1_000) * 24),
    };
  }
}
