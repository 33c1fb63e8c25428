import type { Clock, RoleContext } from "@banksman/kit";
import type { Egress } from "@banksman/kit/egress";
import type pg from "pg";
import { createAnchoring } from "./audit/proof/anchors.ts";
import { type ProofService, proofService } from "./audit/proof/service.ts";
import { createSigner } from "./audit/proof/signer.ts";
import { type Audit, createAudit } from "./audit/recorder.ts";
import { createRefusals } from "./audit/refusals.ts";
import type { ChannelService } from "./channels/service.ts";
import type { ServerConfig } from "./config.ts";
import type { AuditTrail } from "./http/audit-call.ts";
import { runEvery } from "./jobs/every.ts";
import type { Vault } from "./secrets.ts";

const REFUSALS_EVERY_MS = 5_000;
const SETTLE_EVERY_MS = 60_000;
const SIGN_EVERY_MS = 5_000;

/** The audit trail, which everything else writes to: stopped after all of it, before the database. */
export function buildAudit(pool: pg.Pool, clock: Clock, context: RoleContext): { audit: Audit; trail: AuditTrail } {
  const audit = createAudit({ pool, clock });
  const refusals = createRefusals({ audit, clock, log: context.log });
  context.onStop("audit", async () => {
    await refusals.flush(true);
    await audit.drained();
  });
  runEvery("recording refusals", REFUSALS_EVERY_MS, () => refusals.flush(), context);
  runEvery("settling what was begun", SETTLE_EVERY_MS, audit.settle, context);
  return { audit, trail: { audit, refusals, log: context.log } };
}

type ProofParts = {
  pool: pg.Pool;
  config: ServerConfig;
  settings: { now: () => ServerConfig };
  vault: Vault;
  egress: Egress;
  channels: Pick<ChannelService, "find">;
  clock: Clock;
};

/** Signs the trail and keeps what was signed outside the database. */
export function buildProof(
  { pool, config, settings, vault, egress, channels, clock }: ProofParts,
  context: RoleContext,
): ProofService {
  const { log, health } = context;
  const signer = createSigner({ pool, vault, clock, log });
  const anchoring = createAnchoring({ pool, anchors: config.audit.anchors, egress, channels, clock, log });
  const maxAgeMs = () => settings.now().audit.sign_minutes * 60_000;
  health.addReadyCheck("audit", () => signer.trouble());
  const step = async () => {
    await signer.signDue(maxAgeMs());
    await anchoring.step();
  };
  runEvery("signing the audit trail", Math.min(SIGN_EVERY_MS, maxAgeMs()), step, context);
  return proofService({ pool, signer, anchoring, clock });
}
