import { alertsZh } from "./zh-alerts.ts";
import { marketZh } from "./zh-market.ts";
import { pagesZh } from "./zh-pages.ts";
import { poolZh } from "./zh-pool.ts";
import { poolAccountsZh } from "./zh-pool-accounts.ts";
import { sharedZh } from "./zh-shared.ts";

/** 中文文本；术语与全角标点遵循产品词表。 */
export const zh = { ...sharedZh, ...pagesZh, ...marketZh, ...poolZh, ...poolAccountsZh, ...alertsZh };
