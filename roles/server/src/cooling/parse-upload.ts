import { messageOf } from "@banksman/kit";
import {
  COOLING_UPLOAD_MAX_FAILURES,
  COOLING_UPLOAD_MAX_READINGS,
  CoolingFailure,
  CoolingReading,
  type CoolingRefusal,
  type CoolingRefusalCode,
  CoolingUpload,
} from "@banksman/wire/ingest";
import { z } from "zod";
import { problem } from "../http/problem.ts";

/** Readings and failures are looked at one by one, so that a bad one sinks no other. */
const Envelope = CoolingUpload.extend({
  readings: z.array(z.unknown()).max(COOLING_UPLOAD_MAX_READINGS),
  failures: z.array(z.unknown()).max(COOLING_UPLOAD_MAX_FAILURES),
});

export type ParsedCooling = Omit<CoolingUpload, "readings" | "failures"> & {
  readings: CoolingReading[];
  failures: CoolingFailure[];
  refused: CoolingRefusal[];
};

/** Takes an upload's JSON apart. Throws a 400 problem when it is not an upload at all. */
export function parseCoolingUpload(body: string): ParsedCooling {
  const envelope = Envelope.safeParse(parseJson(body));
  if (!envelope.success) {
    const issue = envelope.error.issues[0];
    const path = issue?.path.map(String).join(".") || "$";
    throw problem(400, "INVALID_INPUT", `${path}: ${issue?.message ?? "not an upload of cooling units"}`, { path });
  }
  const refused: CoolingRefusal[] = [];
  const take = <S extends z.ZodType>(rows: readonly unknown[], schema: S): z.output<S>[] =>
    rows.flatMap((row) => {
      const result = schema.safeParse(row);
      const wrong = result.success
        ? holdsNul(row)
          ? "holds a character that can't be kept"
          : null
        : firstIssue(result.error);
      if (wrong === null && result.success) return [result.data];
      refused.push(refusalOf(row, "not_valid", wrong ?? "not valid"));
      return [];
    });
  if (holdsNul(envelope.data.collector_id))
    throw problem(400, "INVALID_INPUT", "collector_id: holds a character that can't be kept");
  return {
    ...envelope.data,
    readings: take(envelope.data.readings, CoolingReading),
    failures: take(envelope.data.failures, CoolingFailure),
    refused,
  };
}

/** PostgreSQL keeps no NUL in a text: one would fail the whole upload, again and again. */
const holdsNul = (row: unknown): boolean => JSON.stringify(row).includes("\\u0000");

const firstIssue = ({ issues: [issue] }: z.ZodError): string =>
  `${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "not valid"}`;

/** Why a row is not stored, named as it was sent. */
export function refusalOf(row: unknown, code: CoolingRefusalCode, detail: string): CoolingRefusal {
  const named = z
    .object({ site_id: z.string().catch(""), host: z.string().catch("") })
    .catch({ site_id: "", host: "" });
  return { ...named.parse(row), code, detail: detail.slice(0, 500) };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw problem(400, "BAD_JSON", `the body is not valid JSON: ${messageOf(error)}`, { path: "$" });
  }
}
