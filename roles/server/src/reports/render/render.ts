import { Worker } from "node:worker_threads";
import type { ReportDocument, ReportFormat } from "@banksman/wire/model";
import type { Language } from "./format.ts";

export type RenderWish = { document: ReportDocument; language: Language; builtAt: string };
export type Rendered = { format: ReportFormat; bytes: Uint8Array }[];

/** Makes the files of a report in a thread of its own, so that requests are not kept waiting. */
export function render(wish: RenderWish, signal: AbortSignal): Promise<Rendered> {
  const worker = new Worker(new URL("./render-worker.ts", import.meta.url), { workerData: wish });
  const { promise, resolve, reject } = Promise.withResolvers<Rendered>();
  worker.once("message", resolve);
  worker.once("error", reject);
  worker.once("exit", () => reject(new Error("the thread that makes files ended by itself")));
  const stop = () => reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  return promise.finally(() => {
    signal.removeEventListener("abort", stop);
    return worker.terminate();
  });
}
