import { type Command, GivenOrder, Rolling } from "@banksman/wire/api";
import { CommandState, LocalText, OrderResult } from "@banksman/wire/model";
import { z } from "zod";

/** A row of `commands` with its order's and site's words. */
export type CommandRow = {
  command_id: string;
  order_id: string;
  site_id: string;
  miner_id: string | null;
  cooling_host: string | null;
  name: string;
  state: string;
  step: number;
  given_by: string;
  given_at: Date;
  expires_at: Date | null;
  sent_at: Date | null;
  ended_at: Date | null;
  changed_at: Date;
  code: string | null;
  note: unknown;
  result: unknown;
};

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

export const toCommand = (row: CommandRow): Command => ({
  command_id: row.command_id,
  order_id: row.order_id,
  site_id: row.site_id,
  miner_id: row.miner_id,
  cooling_host: row.cooling_host,
  name: row.name,
  state: CommandState.parse(row.state),
  step: row.step,
  given_by: row.given_by,
  given_at: row.given_at.toISOString(),
  expires_at: iso(row.expires_at),
  sent_at: iso(row.sent_at),
  ended_at: iso(row.ended_at),
  changed_at: row.changed_at.toISOString(),
  note: LocalText.nullable().parse(row.note),
  code: row.code,
  result: OrderResult.nullable().parse(row.result),
});

/** A row of `orders` with its site's id and how many commands are in which state. */
export type OrderRow = {
  order_id: string;
  site_no: number;
  site_id: string;
  name: string;
  shown: unknown;
  sealed: Buffer;
  sealed_hash: string;
  reason: string;
  given_by: string;
  authors: string[];
  given_at: Date;
  request_hash: string;
  devices: number;
  devices_hash: string;
  ttl_seconds: number;
  rolling: unknown;
  step: number;
  steps: number;
  paused_because: string | null;
  paused_note: unknown;
  payload_hash: string;
  policy: string | null;
  approval: string | null;
  approval_expires_at: Date | null;
  approved_hash: string | null;
  decided_by: string | null;
  decided_at: Date | null;
  decision_note: string | null;
  by_state: unknown;
};

const Shown = z.record(z.string(), z.unknown());
const Approval = GivenOrder.shape.approval;

export const toOrder = (row: OrderRow): GivenOrder => ({
  order_id: row.order_id,
  site_id: row.site_id,
  name: row.name,
  order: Shown.parse(row.shown),
  reason: row.reason,
  given_by: row.given_by,
  authors: row.authors,
  given_at: row.given_at.toISOString(),
  devices: row.devices,
  ttl_seconds: row.ttl_seconds,
  rolling: Rolling.nullable().parse(row.rolling),
  step: row.step,
  steps: row.steps,
  paused_because: row.paused_because,
  paused_note: LocalText.nullable().parse(row.paused_note),
  approval: Approval.parse(
    row.policy === null
      ? null
      : {
          policy: row.policy,
          state: row.approval,
          expires_at: iso(row.approval_expires_at),
          decided_by: row.decided_by,
          decided_at: iso(row.decided_at),
          note: row.decision_note,
        },
  ),
  payload_hash: row.payload_hash,
  by_state: GivenOrder.shape.by_state.parse(row.by_state ?? {}),
});
