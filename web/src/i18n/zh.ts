import { accessZh } from "./zh-access.ts";
import { administrationZh } from "./zh-administration.ts";
import { alertsZh } from "./zh-alerts.ts";
import { automationsZh } from "./zh-automations.ts";
import { commandsZh } from "./zh-commands.ts";
import { coolingZh } from "./zh-cooling.ts";
import { customersZh } from "./zh-customers.ts";
import { jobsZh } from "./zh-jobs.ts";
import { marketZh } from "./zh-market.ts";
import { pagesZh } from "./zh-pages.ts";
import { poolZh } from "./zh-pool.ts";
import { poolAccountsZh } from "./zh-pool-accounts.ts";
import { reportsZh } from "./zh-reports.ts";
import { sharedZh } from "./zh-shared.ts";
import { videoZh } from "./zh-video.ts";

/** 中文文本；术语与全角标点遵循产品词表。 */
export const zh = {
  ...sharedZh,
  ...pagesZh,
  ...automationsZh,
  ...coolingZh,
  ...customersZh,
  ...jobsZh,
  ...marketZh,
  ...reportsZh,
  ...poolZh,
  ...poolAccountsZh,
  ...alertsZh,
  ...administrationZh,
  ...commandsZh,
  ...accessZh,
  ...videoZh,
};
