import { accessEn } from "./en-access.ts";
import { administrationEn } from "./en-administration.ts";
import { alertsEn } from "./en-alerts.ts";
import { automationsEn } from "./en-automations.ts";
import { commandsEn } from "./en-commands.ts";
import { coolingEn } from "./en-cooling.ts";
import { customersEn } from "./en-customers.ts";
import { jobsEn } from "./en-jobs.ts";
import { marketEn } from "./en-market.ts";
import { pagesEn } from "./en-pages.ts";
import { poolEn } from "./en-pool.ts";
import { poolAccountsEn } from "./en-pool-accounts.ts";
import { reportsEn } from "./en-reports.ts";
import { sharedEn } from "./en-shared.ts";
import { videoEn } from "./en-video.ts";

/** English texts: the keys are the source of the type, so a key that zh lacks does not compile. */
export const en = {
  ...sharedEn,
  ...pagesEn,
  ...automationsEn,
  ...coolingEn,
  ...customersEn,
  ...jobsEn,
  ...marketEn,
  ...reportsEn,
  ...poolEn,
  ...poolAccountsEn,
  ...alertsEn,
  ...commandsEn,
  ...administrationEn,
  ...accessEn,
  ...videoEn,
} as const;
