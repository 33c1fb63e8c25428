import assert from "node:assert/strict";
import { CodedError } from "@banksman/kit";
import { Answers } from "../answers.ts";
import { decode } from "../decode/decode.ts";
import { families } from "../families/index.ts";
import { replyOf } from "../web-talk.ts";
import type { Capture } from "./captures.ts";

/** The answers of a case without a socket; `damage` may change a text on its way. */
export function answersOf({ recorded }: Capture, damage = (text: string) => text): Answers {
  const answers = new Answers();
  const realm = recorded.behaviour.web?.login?.realm;
  if (realm !== undefined) answers.page = `DIGEST REALM="${realm}"`.toUpperCase();
  for (const [path, bytes] of recorded.web) {
    if (path === "/") answers.page = bytes.toString("utf8").toUpperCase();
    else takeWeb(answers, path, damage(bytes.toString("utf8")));
  }
  for (const [command, bytes] of [...recorded.answers, ...recorded.v3]) {
    try {
      for (const [key, reply] of decode(damage(bytes.toString("utf8")), [command]).replies)
        answers.replies.set(key, reply);
    } catch (error) {
      assert.ok(error instanceof CodedError);
    }
  }
  return answers;
}

function takeWeb(answers: Answers, path: string, text: string): void {
  try {
    const asked = families.flatMap((family) => [...family.live, ...family.identity, ...(family.slow?.asks ?? [])]);
    const command = asked.find((ask) => ask.command.split("?")[0] === path)?.command ?? path;
    answers.replies.set(command, replyOf({ status: 200, headers: {}, text }));
  } catch (error) {
    assert.ok(error instanceof CodedError);
  }
}
