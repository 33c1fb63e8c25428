import { parentPort, workerData } from "node:worker_threads";
import { toCsv } from "./csv.ts";
import { toParquet } from "./parquet.ts";
import { toPdf } from "./pdf.ts";
import type { Rendered, RenderWish } from "./render.ts";
import { toXlsx } from "./xlsx.ts";

const { document, language, builtAt }: RenderWish = workerData;
const parquet = await toParquet(document);
const files: Rendered = [
  { format: "pdf", bytes: await toPdf(document, language, builtAt) },
  { format: "xlsx", bytes: await toXlsx(document, language) },
  { format: "csv", bytes: toCsv(document, language) },
  ...(parquet ? [{ format: "parquet" as const, bytes: parquet }] : []),
];
parentPort?.postMessage(files);
