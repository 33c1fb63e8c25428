import type { Clock } from "@banksman/kit";
import type { Audit } from "./audit/recorder.ts";
import type { Outbox } from "./channels/outbox.ts";
import type { ChannelService } from "./channels/service.ts";
import type { Db } from "./db/connect.ts";
import type { Api } from "./http/api.ts";
import type { Job } from "./jobs/job.ts";
import type { MarketService } from "./market/service.ts";
import { reportJob } from "./reports/build.ts";
import { reportRoutes } from "./reports/routes.ts";
import { scheduleStore } from "./reports/schedule-store.ts";
import { scheduleService } from "./reports/schedules.ts";
import { type Ask, reportService } from "./reports/service.ts";
import type { ReportStore } from "./reports/store.ts";
import { tellOver } from "./reports/tell.ts";

type Parts = {
  db: Db;
  store: ReportStore;
  market: Pick<MarketService, "market" | "tariffs">;
  audit: Pick<Audit, "record">;
  keptDays: () => number;
  channels: Pick<ChannelService, "all">;
  outbox: Pick<Outbox, "put">;
  publicUrl: string | undefined;
  /** Asks for a job, once there is something that runs them. */
  ask: Ask;
  clock: Clock;
};

/** Reports: their jobs, among them the one that asks for those at their times, and their routes. */
export function buildReports({ db, store, market, audit, keptDays, channels, outbox, publicUrl, ask, clock }: Parts) {
  const schedules = scheduleService({ store: scheduleStore(db), reports: store, channels, ask, clock });
  const jobs: Job[] = [
    reportJob({ db, market, store, tell: tellOver(outbox, publicUrl), audit, clock }),
    { name: "report-schedules", cron: "*/5 * * * *", missed: "once", run: schedules.run },
    { name: "report-upkeep", cron: "47 * * * *", run: () => store.upkeep(keptDays()) },
  ];
  return {
    jobs,
    routes: (api: Api): void => reportRoutes(api, reportService({ store, ask, clock }), schedules),
  };
}
