import { type Figure, number } from "../../format/format.ts";

type Nullable = number | null | undefined;

/** USD a day: whole dollars for sites, cents for a miner. */
export const usdADay = (value: Nullable, scale: "site" | "miner"): Figure => ({
  text: number(value, scale === "site" ? 0 : 2),
  unit: "USD/d",
});

/** The price of a kWh, four decimals as power is traded. */
export const usdAKwh = (value: Nullable): Figure => ({ text: number(value, 4), unit: "USD/kWh" });

export const hashprice = (value: Nullable): Figure => ({ text: number(value, 2), unit: "USD/PH/d" });
