import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import { z } from "zod";
import type { AnswerFunction } from "./answer.ts";
import type { HttpAnswer, HttpCall } from "./http.ts";
import { commandsOf } from "./request.ts";
import { digestGuard, WebLogin } from "./web-login.ts";

/** How the recorded device behaves beyond its answers: `case.json` in the folder; every member may be absent. */
const Behaviour = z.strictObject({
  /** To `a+b`: `accept` joins the answers, `refuse` says "invalid command", `missing_command` gives code 24. */
  joins: z.enum(["accept", "refuse", "missing_command"]).default("accept"),
  /** Commands that are refused inside a join; a trailing `*` stands for any ending. */
  alone: z.array(z.string()).default([]),
  /** What the configuration claims the device to be. */
  type: z.string().optional(),
  /** Its web server: the digest login that it asks for, and whether it stands where others have the cgminer API. */
  web: z.object({ login: WebLogin.optional(), onApiPort: z.boolean().optional() }).optional(),
});
export type Behaviour = z.infer<typeof Behaviour>;

/** A folder of captured answers: one file a command, `.json` or `.txt`; those of the API v3 lie in `v3/`. */
export type Case = {
  name: string;
  dir: string;
  behaviour: Behaviour;
  /** By command, with `~argument` where the answer depends on one (`stats~new_api`). */
  answers: ReadonlyMap<string, Buffer>;
  v3: ReadonlyMap<string, Buffer>;
  /** What its web server has, by path: `http/api/system/info.json` is `/api/system/info`, `http/index.html` is `/`. */
  web: ReadonlyMap<string, Buffer>;
};

const NOT_ANSWERS = new Set(["case.json", "expected.json", "degraded.json"]);

/** Reads a case folder. Throws when it isn't there or its case.json isn't valid. */
export function loadCase(dir: string): Case {
  const behaviourFile = join(dir, "case.json");
  const behaviour = existsSync(behaviourFile) ? JSON.parse(readFileSync(behaviourFile, "utf8")) : {};
  const v3 = join(dir, "v3");
  const web = join(dir, "http");
  return {
    name: basename(dir),
    dir,
    behaviour: Behaviour.parse(behaviour),
    answers: answersIn(dir),
    v3: existsSync(v3) ? answersIn(v3) : new Map(),
    web: existsSync(web) ? pagesIn(web) : new Map(),
  };
}

function answersIn(dir: string): Map<string, Buffer> {
  const files = readdirSync(dir)
    .filter((file) => /\.(json|txt)$/.test(file) && !NOT_ANSWERS.has(file))
    .sort();
  return new Map(
    files.map((file) => [file.replace(/\.(json|txt)$/, ""), withoutLastNewline(readFileSync(join(dir, file)))]),
  );
}

function pagesIn(dir: string): Map<string, Buffer> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map((file) => {
      const path = relative(dir, join(file.parentPath, file.name)).replaceAll(sep, "/");
      const key = path === "index.html" ? "/" : `/${path.replace(/\.(?:json|txt|html)$/, "")}`;
      return [key, withoutLastNewline(readFileSync(join(dir, path)))];
    }),
  );
}

/** Editors end a file with a line feed; the device did not send it. */
const withoutLastNewline = (bytes: Buffer) => (bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes);

/** Answers requests of the cgminer API out of a case, joining as its behaviour says. */
export function answerFrom(recorded: Pick<Case, "answers" | "behaviour">): AnswerFunction {
  const inText = [...recorded.answers.values()].some((answer) => answer.toString("latin1", 0, 7) === "STATUS=");
  const refuse = inText ? textProblem : problem;
  return (request) => {
    const keys = commandsOf(request).map((asked) => asked.key);
    const [only] = keys;
    if (only === undefined) return refuse(24, "Missing JSON 'command'");
    if (keys.length === 1) return lookUp(recorded.answers, only) ?? refuse(14, "Invalid command");
    return joined(recorded, keys, refuse);
  };
}

/** Answers a device's web server out of a case, whatever the query; what it doesn't have is not found. */
export function answerWebFrom({ web, behaviour }: Pick<Case, "web" | "behaviour">) {
  const login = behaviour.web?.login;
  const guard = login ? digestGuard(login) : () => null;
  return (call: HttpCall): HttpAnswer => {
    const body = web.get(call.path);
    const headers = { "content-type": contentType(call.path) };
    return guard(call) ?? (body ? { body: body.toString("utf8"), headers } : { status: 404, body: "not found" });
  };
}

const contentType = (path: string) => (path === "/" ? "text/html" : "application/json");

/** Answers requests of WhatsMiner's API v3 out of a case. */
export function answerV3From(recorded: Pick<Case, "v3">): AnswerFunction {
  return (request) => {
    const key = commandsOf(request)[0]?.key ?? "";
    return recorded.v3.get(key) ?? JSON.stringify({ code: -1, when: 0, msg: "invalid command", desc: key });
  };
}

const lookUp = (answers: Case["answers"], key: string) => answers.get(key) ?? answers.get(key.split("~")[0] ?? key);

type Refuse = (code: number, text: string) => string;

/** The members come in the order of the folder, not as asked, and carry the captured bytes as they are. */
function joined({ answers, behaviour }: Pick<Case, "answers" | "behaviour">, keys: string[], refuse: Refuse): string {
  if (behaviour.joins === "missing_command") return refuse(24, "Missing JSON 'command'");
  const alone = keys.some((key) => behaviour.alone.some((pattern) => matches(pattern, key)));
  if (behaviour.joins === "refuse" || alone) return refuse(14, "Invalid command");
  const members = [...keys].sort().map((key) => ({
    key: key.split("~")[0] ?? key,
    body: lookUp(answers, key)?.toString("utf8") ?? refuse(14, "Invalid command"),
  }));
  if (refuse === textProblem)
    return members.map(({ key, body }) => `CMD=${key}|${body.replace(/\|?\s*$/, "|")}`).join("");
  return `{${members.map(({ key, body }) => `"${key}":[${body}]`).join(",")},"id":1}`;
}

const matches = (pattern: string, key: string) =>
  pattern.endsWith("*") ? key.startsWith(pattern.slice(0, -1)) : pattern === key;

function problem(code: number, text: string): string {
  return JSON.stringify({
    STATUS: [{ STATUS: "E", When: 0, Code: code, Msg: text, Description: "cgminer 4.11.1" }],
    id: 1,
  });
}

const textProblem: Refuse = (code, text) => `STATUS=E,When=0,Code=${code},Msg=${text},Description=cgminer 4.11.1|`;
