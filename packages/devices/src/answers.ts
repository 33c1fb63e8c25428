import type { CodedError } from "@banksman/kit";
import { type Fields, message, type Reply, record, records } from "./decode/reply.ts";

/** What one miner answered in one reading, by command. */
export class Answers {
  readonly replies = new Map<string, Reply>();
  /** Commands that got no usable answer, and why. */
  readonly failures = new Map<string, CodedError>();

  /** The code with which the device refused joined commands in this reading; null when it did not. */
  joinRefusal: number | null = null;

  /** The beginning of the web page and the realm of its login, in upper case. */
  page = "";

  get(command: string): Reply | undefined {
    return this.replies.get(command);
  }

  has(command: string): boolean {
    return this.replies.has(command);
  }

  /** True when the device answered the command and did not refuse it. */
  ok(command: string): boolean {
    return this.replies.get(command)?.ok === true;
  }

  /** The first record of a section: `first("summary", "SUMMARY")`. */
  first(command: string, section: string): Fields | undefined {
    return record(this.replies.get(command), section);
  }

  all(command: string, section: string): readonly Fields[] {
    return records(this.replies.get(command), section);
  }

  /** The `Msg` object of a WhatsMiner command. */
  message(command: string): Fields | undefined {
    return message(this.replies.get(command));
  }

  get anyOk(): boolean {
    for (const reply of this.replies.values()) if (reply.ok) return true;
    return false;
  }
}
