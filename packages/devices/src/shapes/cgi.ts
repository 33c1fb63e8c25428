import type { Fault, FaultLevel } from "@banksman/wire/model";
import { Answers } from "../answers.ts";
import type { Fields, Reply } from "../decode/reply.ts";
import { toldFault } from "../faults/fault.ts";
import { listOf } from "../read/pick.ts";
import { text } from "../read/text.ts";

const path = (name: string) => `/cgi-bin/${name}.cgi`;

/** The pages of Bitmain's web server, which others took over. */
export const CGI = {
  stats: path("stats"),
  summary: path("summary"),
  pools: path("pools"),
  info: path("get_system_info"),
  conf: path("get_miner_conf"),
} as const;

/** The body of a page, where the device gave it. */
export const page = (answers: Answers, name: keyof typeof CGI): Fields | undefined =>
  answers.ok(CGI[name]) ? answers.get(CGI[name])?.body : undefined;

/** The answers as 4028 gives them; what it doesn't is taken from the web's page of the same name. */
export function withPages(
  answers: Answers,
  change: (name: string, reply: Reply) => Reply = (_, reply) => reply,
): Answers {
  const joined = new Answers();
  for (const [command, reply] of answers.replies) joined.replies.set(command, reply);
  for (const name of ["stats", "summary", "pools"] as const) {
    const reply = answers.get(CGI[name]);
    if (reply?.ok && !answers.ok(name)) joined.replies.set(name, change(name, reply));
  }
  return joined;
}

const LEVELS = new Map<string | undefined, FaultLevel>([
  ["w", "warning"],
  ["e", "severe"],
]);

/** The machine's own verdict on its rate, network, fans and temperature; `s` and an empty one say that all is well. */
export function pageFaults(answers: Answers): Fault[] {
  const [summary] = listOf(page(answers, "summary")?.SUMMARY);
  return listOf(summary?.status).flatMap((one) => {
    const level = LEVELS.get(text(one.status)?.toLowerCase());
    const type = text(one.type) ?? "status";
    return level === undefined ? [] : [toldFault(`${type}_${one.code ?? ""}`, level, text(one.msg, 500) ?? type)];
  });
}
