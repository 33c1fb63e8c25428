import { randomBytes } from "node:crypto";
import { type Answer, HANG, type HttpAnswer, type HttpCall } from "@banksman/replay";
import { POOLS } from "../answers/identity.ts";
import { answer, type Row, refusal } from "../answers/template.ts";
import type { Control, Verdict } from "../control.ts";
import type { MinerState, PoolRow } from "../miner-state.ts";
import type { SimMiner } from "../roster.ts";

/** A miner at the moment it is asked. */
export type Moment = { miner: SimMiner; state: MinerState; control: Control; whenS: number };

/** How a firmware beyond the first three answers on 4028 and on the web, and what it makes of orders. */
export type Maker = {
  /** What `Description` says on 4028; without it that port is closed. */
  description?: string;
  /** The sections of a command's answer; an order's answer as it goes on the wire; null for a command it doesn't know. */
  api?: (command: string, argument: string, at: Moment) => Row | { wire: Answer } | null;
  web?: (call: HttpCall, at: Moment) => HttpAnswer;
  /** Its web server stands on the port that others have their API on. */
  webOnApiPort?: true;
};

/** The pools of a miner, as they were set or as the site set them up. */
export const poolsOf = ({ state, miner }: Moment): PoolRow[] =>
  (state.settings.pools ?? POOLS.map((url) => ({ url, user: miner.who.worker, pass: "x" }))).filter(
    (pool) => pool.url !== "",
  );

/** The same as rows of the cgminer API; the first one is in use and has the shares. */
export const poolSection = (at: Moment): Row => ({
  POOLS: poolsOf(at).map(({ url, user }, index) => ({
    POOL: index,
    URL: url,
    Status: "Alive",
    Priority: index,
    User: user,
    Accepted: index === 0 ? at.state.accepted : 0,
    Rejected: index === 0 ? at.state.rejected : 0,
    Stale: 0,
    "Stratum Active": index === 0 && !at.state.asleep,
  })),
});

/** The summary of the cgminer API with rates in MH/s. */
export const summarySection = ({ state }: Moment): Row => ({
  SUMMARY: [
    {
      Elapsed: state.uptime,
      "MHS av": state.average * 1_000,
      "MHS 5s": state.now * 1_000,
      Accepted: state.accepted,
      Rejected: state.rejected,
      "Hardware Errors": state.hardwareErrors,
    },
  ],
});

/** Answers one request of the cgminer API out of a maker. */
export function answerOf(maker: Maker, command: string, argument: string, at: Moment): Answer {
  const { description = "", api } = maker;
  const said = api?.(command, argument, at) ?? null;
  if (said === null) return refusal(14, "Invalid command", description, at.whenS);
  if ("wire" in said) return said.wire as Answer;
  return answer(11, command, description, at.whenS, said);
}

/** What an order on 4028 is answered with. */
export function orderedOverApi(verdict: Verdict, success: Row, description: string, whenS: number): { wire: Answer } {
  switch (verdict) {
    case "yes":
      return { wire: answer(118, "OK", description, whenS, success) };
    case "silent":
      return { wire: HANG };
    case "no":
      return { wire: refusal(120, "the device can't do that now", description, whenS) };
    case "denied":
      return { wire: refusal(45, "Access denied", description, whenS) };
  }
}

/** What an order over the web is answered with; `refused` is how this firmware says no. */
export function orderedOverWeb(verdict: Verdict, success: unknown, refused: HttpAnswer): HttpAnswer {
  switch (verdict) {
    case "yes":
      return typeof success === "object" && success !== null ? { body: success } : { body: JSON.stringify(success) };
    case "silent":
      return { fault: "hang" };
    case "no":
      return refused;
    case "denied":
      return { status: 401, body: { error: "unauthorized" } };
  }
}

/** A login that gives a token: `path` takes it, `isRight` checks what was sent, `shows` finds it in later calls. */
export type TokenLogin = {
  path: string;
  isRight: (body: string) => boolean;
  reply: (token: string) => HttpAnswer;
  shows: (call: HttpCall) => string | undefined;
};

/** Opens sessions; gives the refusal for a call without one, null for one that may pass. */
export function tokenGuard(login: TokenLogin, control: Control): (call: HttpCall) => HttpAnswer | null {
  const token = randomBytes(12).toString("hex");
  return (call) => {
    if (call.path === login.path) {
      const right = login.isRight(call.body) && !control.turnsAway;
      return right ? login.reply(token) : { status: 401, body: { error: "wrong password" } };
    }
    return login.shows(call) === token ? null : { status: 401, body: { error: "unauthorized" } };
  };
}

export const NOT_FOUND: HttpAnswer = { status: 404, body: { error: "not found" } };

/** The body of a call, or of a parameter, as JSON; empty where it is none. */
export function jsonOf(text: string): Row {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : { value };
  } catch {
    return {};
  }
}

/** Rows of pools as orders name them, whatever a firmware calls user and password. */
export const rowsIn = (list: unknown): PoolRow[] =>
  (Array.isArray(list) ? list : []).map((row: Row) => ({
    url: String(row.url ?? row.pool ?? ""),
    user: String(row.user ?? row.username ?? row.login ?? ""),
    pass: String(row.pass ?? row.password ?? ""),
  }));
