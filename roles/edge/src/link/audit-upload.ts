import { Agent as PlainAgent, request as plainRequest } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import { type Clock, jsonOf, type Log, messageOf } from "@banksman/kit";
import { UPLOAD_HEADERS } from "@banksman/wire/ingest";
import { z } from "zod";
import { readAudit } from "../orders/audit-file.ts";
import { post } from "../send.ts";
import type { Ledger } from "./ledger.ts";

const EVERY_MS = 60_000;
const TOGETHER = 500;
const TIMEOUT_MS = 30_000;
const NOTE = "audit_uploaded";

/** The last line that the server has. Releases before had no hash in it. */
const Mark = z.object({ chain: z.string(), seq: z.int(), hash: z.string().optional() });
const Kept = z.object({ data: z.object({ kept_to: z.int() }) });
const Refused = z.object({ code: z.string().optional(), detail: z.string().optional() });

type Options = {
  apiUrl: string;
  apiKey: string;
  siteId: string;
  /** This edge's name. */
  collector: string;
  ca: Buffer | undefined;
  /** The audit file of `banksman miner --direct` on this machine. */
  path: string;
  ledger: Ledger;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
};

/** Uploads the lines of the audit file that the server doesn't have; the file itself stays as it is. */
export async function keepUploadingAudit(options: Options): Promise<void> {
  const { clock, signal, log } = options;
  let said = "";
  while (!signal.aborted) {
    const trouble = await uploadAudit(options).catch((error: unknown) => messageOf(error));
    // The same trouble each minute would drown the log.
    if (trouble !== null && trouble !== said) log.warn({ reason: trouble }, `the audit file waits: ${trouble}`);
    said = trouble ?? "";
    await clock.sleep(EVERY_MS, signal).catch(() => undefined);
  }
}

/** Resolves to null when the server has every line, else to why it hasn't. */
async function uploadAudit(options: Options): Promise<string | null> {
  const { entries } = readAudit(options.path);
  const chain = entries[0]?.hash;
  if (chain === undefined) return null;
  const mark = markOf(options.ledger, chain);
  const isWhole = mark.seq === 0 || entries.some(({ seq, hash }) => seq === mark.seq && hash === (mark.hash ?? hash));
  // Lines in the place of uploaded ones would seem to be uploaded: the server is shown the last of them.
  const left = isWhole
    ? entries.filter(({ seq }) => seq > mark.seq)
    : entries.filter(({ seq }) => seq <= mark.seq).slice(-1);
  while (left.length > 0) {
    const together = left.splice(0, TOGETHER);
    const reply = await send(options, JSON.stringify({ collector_id: options.collector, chain, entries: together }));
    if (reply.status !== 200) {
      const { code, detail } = Refused.parse(jsonOf(reply.text) ?? {});
      return `${code ?? reply.status}: ${detail ?? "the server refused it"}`;
    }
    const { kept_to: kept } = Kept.parse(jsonOf(reply.text)).data;
    const { seq, hash } = together.at(-1) ?? mark;
    if (kept < seq) return `the server keeps lines to ${kept} only`;
    if (isWhole) options.ledger.setNote(NOTE, JSON.stringify({ chain, seq, hash }));
  }
  return isWhole ? null : `lines to ${mark.seq} were uploaded, and the file lost its end since`;
}

function markOf(ledger: Ledger, chain: string): Omit<z.infer<typeof Mark>, "chain"> {
  const mark = Mark.safeParse(jsonOf(ledger.note(NOTE) ?? ""));
  return mark.success && mark.data.chain === chain ? mark.data : { seq: 0 };
}

function send({ apiUrl, apiKey, siteId, ca, signal }: Options, text: string) {
  const url = new URL(`${apiUrl}/api/collector/audit`);
  const isTls = url.protocol === "https:";
  const body = Buffer.from(text);
  const headers = {
    "content-type": "application/json",
    "content-length": body.length,
    [UPLOAD_HEADERS.key]: apiKey,
    [UPLOAD_HEADERS.site]: siteId,
  };
  const agent = isTls ? new TlsAgent({ ...(ca && { ca }) }) : new PlainAgent();
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  return post(isTls ? tlsRequest : plainRequest, url, { agent, headers, signal: deadline }, body);
}
