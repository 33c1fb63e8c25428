import { messageOf } from "@banksman/kit";
import { Answers } from "./answers.ts";
import type { Conversation } from "./conversation.ts";
import { decode } from "./decode/decode.ts";
import { asDeviceError } from "./errors.ts";
import type { Family } from "./family.ts";
import type { Line } from "./transports/exchange.ts";
import { V3Connection } from "./transports/v3.ts";

/**
 * Asks one WhatsMiner over its API v3 all that the family's live list names, on one connection; its first command alone
 * where only who it is counts. True when the device
 * answered at least one of them with success; the answers are in `talk`.
 */
export async function pollV3(talk: Conversation, line: Line, family: Family, identifyOnly: boolean): Promise<boolean> {
  const answers = new Answers();
  let connection: V3Connection | undefined;
  try {
    connection = await V3Connection.open(line);
    for (const { command } of identifyOnly ? family.live.slice(0, 1) : family.live)
      await ask(talk, answers, connection, command);
  } catch (thrown) {
    talk.problem = asDeviceError(thrown, line.host);
  } finally {
    connection?.close();
  }
  if (answers.anyOk) talk.answers = answers;
  return answers.anyOk;
}

/** A broken connection rejects; an answer that can't be read costs only its own command. */
async function ask(talk: Conversation, answers: Answers, connection: V3Connection, command: string): Promise<void> {
  const [cmd, param] = command.split("~");
  const start = performance.now();
  const text = await connection.ask(JSON.stringify(param === undefined ? { cmd } : { cmd, param }));
  let problem: string | undefined;
  try {
    for (const [key, reply] of decode(text, [command]).replies) {
      // Success is `code` 0, in a member that the older API spells with a capital.
      answers.replies.set(key, { ...reply, ok: reply.body.code === 0, message: messageText(reply.body.msg) });
    }
  } catch (thrown) {
    const error = asDeviceError(thrown, "the device");
    answers.failures.set(command, error);
    problem = messageOf(error);
  }
  talk.log(command, start, text, problem);
}

const messageText = (msg: unknown) => (typeof msg === "string" ? msg : null);
