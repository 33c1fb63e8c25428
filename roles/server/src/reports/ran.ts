import { customerHours } from "./customer-hours.ts";
import type { About } from "./customer-parts.ts";
import { siteMinutes } from "./site-minutes.ts";

/** What miners of a site did over a period, of those that are meant. Null where nothing was told. */
export type SiteSums = {
  site_no: number;
  /** Minutes that were told, and all that there were to tell: the site's, or those of each of a customer's miners. */
  minutes: number;
  due_minutes: number;
  miner_minutes: number;
  online_minutes: number;
  /** Means over the time that tells them. */
  ghs: number | null;
  expected_ghs: number | null;
  /** What the miners drew in the minutes that tell it; nothing is filled in for the others. */
  kwh: number | null;
  power_minutes: number;
  /** Of the minutes that tell both power and hashrate: what was drawn, and GH/s times minutes. */
  hashing_kwh: number | null;
  ghs_minutes: number | null;
};

/** Sums over sites in a step of a chart. */
export type Step = { ghs: number | null; expected_ghs: number | null; watts: number | null };

/** What was drawn in an hour of a site's clock, and what of it in the minutes that tell hashrate too. */
export type Drawn = { site_no: number; hour: number; kwh: number; hashing_kwh: number | null };

/** What miners ran and drew, as reports add it up. */
export type Ran = {
  /** By site, also of sites of which nothing was told. */
  sums: (about: About) => Promise<Map<number, SiteSums>>;
  /**
   * A step in which one of the sites that told anything in the period told nothing has no sum: it would look like a drop.
   * The same goes for power, which a site may tell less of than of the rest.
   */
  steps: (about: About) => Promise<Step[]>;
  drawn: (about: About) => Promise<Drawn[]>;
};

/** Whole sites by their minutes, a customer's miners by their own hours. */
export const ranOf = ({ customer }: Pick<About, "customer">): Ran => (customer === null ? siteMinutes : customerHours);
