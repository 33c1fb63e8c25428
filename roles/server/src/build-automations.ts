import type { Clock, RoleContext } from "@banksman/kit";
import type pg from "pg";
import type { AlertService } from "./alerts/service.ts";
import type { Audit } from "./audit/recorder.ts";
import { type AutomationService, automationService } from "./automations/service.ts";
import { automationStore } from "./automations/store.ts";
import type { CommandService } from "./commands/service.ts";
import type { Db } from "./db/connect.ts";
import type { FleetService } from "./fleet/service.ts";
import { runEvery } from "./jobs/every.ts";
import type { RuleService } from "./rules/service.ts";

/** How soon an automation sees what has changed. */
const STEP_MS = 1_000;

type Parts = {
  db: Db;
  pool: pg.Pool;
  alerts: AlertService;
  commands: CommandService;
  fleet: FleetService;
  rules: RuleService;
  sites: { find: (siteId: string) => Promise<{ site_no: number; site_id: string }> };
  audit: Pick<Audit, "record">;
  signalFile: string | undefined;
  clock: Clock;
};

/** Orders that follow by themselves; one of several servers gives them. */
export function buildAutomations({ db, pool, ...parts }: Parts, context: RoleContext): AutomationService {
  const automations = automationService({ store: automationStore(db, pool), ...parts, log: context.log });
  runEvery("automations", STEP_MS, automations.step, context);
  return automations;
}
