import { hasHour, type PayoutScheme, type Profit, type Tariff } from "@banksman/wire/api";

/** What is known of the network and the market; each may be unknown. */
export type Facts = {
  btc_price: number | null;
  difficulty: number | null;
  subsidy_btc: number | null;
  fees_btc: number | null;
  hashprice: number | null;
};
export type Earnings = {
  hashprice: number | null;
  hashprice_from: "pool" | "network" | null;
  btc_per_th_day: number | null;
  network_hashrate_ehs: number | null;
};

const SECONDS_A_DAY = 86_400;
/** Hashes that one unit of difficulty takes on average. */
const HASHES_A_DIFFICULTY = 2 ** 32;
const BLOCK_SECONDS = 600;

/**
 * What a hashrate earns. Expected BTC a day = H × 86,400 ÷ (difficulty × 2^32) × reward of a block; a pool's own hashprice
 * goes before what the network says. Nothing is guessed: without difficulty or price the figure is null.
 */
export function earningsOf(facts: Facts, scheme: PayoutScheme): Earnings {
  const { btc_price, difficulty, subsidy_btc } = facts;
  const reward = subsidy_btc === null ? null : subsidy_btc + (scheme === "fpps" ? (facts.fees_btc ?? 0) : 0);
  const perTh =
    difficulty === null || reward === null
      ? null
      : ((1e12 * SECONDS_A_DAY) / (difficulty * HASHES_A_DIFFICULTY)) * reward;
  const network = perTh === null || btc_price === null ? null : perTh * 1_000 * btc_price;
  return {
    hashprice: facts.hashprice ?? network,
    hashprice_from: facts.hashprice !== null ? "pool" : network !== null ? "network" : null,
    btc_per_th_day: perTh,
    network_hashrate_ehs: difficulty === null ? null : (difficulty * HASHES_A_DIFFICULTY) / BLOCK_SECONDS / 1e18,
  };
}

/** USD a kWh in an hour of the site's clock: that of the band which names it, else the tariff's. */
export function priceAt({ price, bands }: Tariff, hour: number): number {
  const band = bands.find((one) => hasHour(one, hour));
  return band?.price ?? price;
}

/** The mean price of a kWh over a day, USD. */
export function meanPrice(tariff: Tariff): number {
  const hours = Array.from({ length: 24 }, (_, hour) => priceAt(tariff, hour));
  return hours.reduce((sum, one) => sum + one, 0) / hours.length;
}

/** Sums over some miners. `powered_ghs` is the hashrate of those that tell their power, `watts` their power. */
export type Sums = {
  miners: number;
  hashing: number;
  with_power: number;
  ghs: number | null;
  powered_ghs: number | null;
  watts: number | null;
};

/**
 * Profit of some miners at one site, USD a day. Revenue counts every hashing miner; cost and margin stand only where all
 * of them tell their power, so that a margin never looks better than it is. Break-even is of those that do.
 */
export function profitOf(sums: Sums, hashprice: number | null, poolFee: number, tariff: Tariff | null): Profit {
  const { ghs, watts, powered_ghs: poweredGhs } = sums;
  const overhead = tariff?.overhead ?? 1;
  const paid = hashprice === null ? null : (hashprice / 1e6) * (1 - poolFee);
  const revenue = ghs === null || paid === null ? null : ghs * paid;
  const complete = sums.hashing === sums.with_power;
  const cost =
    watts === null || tariff === null || !complete ? null : (watts / 1_000) * 24 * overhead * meanPrice(tariff);
  const kwhADay = watts === null ? null : (watts / 1_000) * 24 * overhead;
  return {
    miners: sums.miners,
    hashing: sums.hashing,
    with_power: sums.with_power,
    hashrate_ghs: ghs,
    power_watts: watts,
    efficiency_j_th: watts === null || !poweredGhs ? null : watts / (poweredGhs / 1_000),
    revenue,
    power_cost: cost,
    margin: revenue === null || cost === null ? null : revenue - cost,
    break_even: paid === null || !poweredGhs || !kwhADay ? null : (poweredGhs * paid) / kwhADay,
  };
}

/**
 * Profits of several groups as one. Money of which one part is unknown is unknown; power, J/TH and break-even are of the
 * parts that tell their power, as within one group.
 */
export function addProfits(parts: readonly Profit[]): Profit {
  const count = (pick: (part: Profit) => number) => parts.reduce((sum, part) => sum + pick(part), 0);
  const known = (pick: (part: Profit) => number | null): number | null => {
    const values = parts.filter(({ hashing }) => hashing > 0).map(pick);
    return values.length === 0 || values.includes(null)
      ? null
      : values.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  };
  const [revenue, cost] = [known(revenueOf), known((p) => p.power_cost)];
  const powered = parts.map((part) => ({ ...part, ths: poweredThs(part) }));
  const watts = sumOf(powered.map(({ power_watts, ths }) => (ths === null ? null : power_watts)));
  const ths = sumOf(powered.map((part) => part.ths));
  // Every site is paid alike, so a part's hashrate over its break-even is its energy, overhead included.
  const evens = powered.filter(({ break_even }) => break_even);
  const energy = sumOf(evens.map(({ ths, break_even }) => (ths === null || !break_even ? null : ths / break_even)));
  return {
    miners: count((part) => part.miners),
    hashing: count((part) => part.hashing),
    with_power: count((part) => part.with_power),
    hashrate_ghs: known((p) => p.hashrate_ghs),
    power_watts: watts,
    efficiency_j_th: watts === null || !ths ? null : watts / ths,
    revenue,
    power_cost: cost,
    margin: revenue === null || cost === null ? null : revenue - cost,
    break_even: energy ? (sumOf(evens.map((part) => part.ths)) ?? 0) / energy : null,
  };
}
const revenueOf = (part: Profit) => part.revenue;

/** Hashrate of those that tell their power, TH/s. */
const poweredThs = (part: Profit) =>
  part.power_watts === null || !part.efficiency_j_th ? null : part.power_watts / part.efficiency_j_th;

/** The sum of what is told; null when nothing is. */
function sumOf(values: readonly (number | null)[]): number | null {
  const told = values.filter((value) => value !== null);
  return told.length === 0 ? null : told.reduce((sum, one) => sum + one, 0);
}
