import { alertsEn } from "./en-alerts.ts";
import { marketEn } from "./en-market.ts";
import { pagesEn } from "./en-pages.ts";
import { poolEn } from "./en-pool.ts";
import { poolAccountsEn } from "./en-pool-accounts.ts";
import { sharedEn } from "./en-shared.ts";

/** English texts: the keys are the source of the type, so a key that zh lacks does not compile. */
export const en = { ...sharedEn, ...pagesEn, ...marketEn, ...poolEn, ...poolAccountsEn, ...alertsEn } as const;
