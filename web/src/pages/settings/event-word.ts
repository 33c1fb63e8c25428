import type { WebhookEvent } from "@banksman/wire/api";

/** An event's name as a key of the texts, where a dot would lead into a group. */
export type EventWord = WebhookEvent extends infer E
  ? E extends `${infer Group}.${infer Step}`
    ? `${Group}_${Step}`
    : never
  : never;

const WORDS: Record<WebhookEvent, EventWord> = {
  "reading.late": "reading_late",
  "alert.fired": "alert_fired",
  "alert.acknowledged": "alert_acknowledged",
  "alert.escalated": "alert_escalated",
  "alert.resolved": "alert_resolved",
  "command.result": "command_result",
};

export const eventWord = (event: WebhookEvent): EventWord => WORDS[event];
