/** One command's answer in one shape, whatever mode and generation of the API it came in. */
export type Reply = {
  /** False when the device says so: STATUS E or F. */
  ok: boolean;
  /** The API's own number (11 summary, 14 invalid command, 45 access denied, 131 WhatsMiner OK…). */
  code: number | null;
  message: string | null;
  description: string | null;
  body: Readonly<Record<string, unknown>>;
};

export type Fields = Readonly<Record<string, unknown>>;

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Makes a reply of a parsed answer. STATUS is a list of one record (cgminer), a record (Antminer's new shape) or a bare
 * letter beside Code and Msg (WhatsMiner); old mirrors leave out most of it.
 */
export function toReply(body: Record<string, unknown>): Reply {
  const status = Array.isArray(body.STATUS) ? body.STATUS[0] : body.STATUS;
  const head: Fields = isRecord(status) ? status : body;
  const letter = isRecord(status) ? status.STATUS : status;
  const code = Number(head.Code ?? Number.NaN);
  return {
    ok: letter !== "E" && letter !== "F",
    code: Number.isFinite(code) ? code : null,
    message: text(head.Msg),
    description: text(head.Description),
    body,
  };
}

const text = (value: unknown) => (typeof value === "string" ? value : null);

const NOTHING: readonly Fields[] = [];

/** The records under `name` (`SUMMARY`, `POOLS`, `DEVS`…); none where the reply is missing, an error or of another shape. */
export function records(reply: Reply | undefined, name: string): readonly Fields[] {
  if (!reply?.ok) return NOTHING;
  const list = reply.body[name];
  if (isRecord(list)) return [list];
  return Array.isArray(list) ? list.filter(isRecord) : NOTHING;
}

/** The first record under `name`, or undefined. */
export const record = (reply: Reply | undefined, name: string): Fields | undefined => records(reply, name)[0];

/** The `Msg` object of a WhatsMiner reply. */
export function message(reply: Reply | undefined): Fields | undefined {
  const msg = reply?.ok ? reply.body.Msg : undefined;
  return isRecord(msg) ? msg : undefined;
}

/** Codes that mean "ask one by one": invalid command, invalid JSON, missing command, access denied. */
const JOIN_REFUSALS = new Set([14, 23, 24, 45]);
export const refusesJoin = (reply: Reply): boolean =>
  !reply.ok && (reply.code === null || JOIN_REFUSALS.has(reply.code));
