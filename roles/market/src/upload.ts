import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { backoffMs, type Clock, type Log, messageOf } from "@banksman/kit";
import { AwsClient } from "aws4fetch";
import { MANIFEST } from "./recorder/layout.ts";
import { readManifest } from "./recorder/manifest.ts";
import { appendLine } from "./recorder/part-writer.ts";

export type UploadKeys = { accessKeyId: string; secretAccessKey: string };

export type UploadOptions = {
  endpoint: string;
  bucket: string;
  prefix: string;
  region: string;
  deleteAfter: boolean;
  keys: UploadKeys;
};

const TIMEOUT_MS = 120_000;

/** Copies complete files to an S3 bucket, each until it is there; what a former run did not manage is taken up again. */
export class Uploader {
  readonly #options: UploadOptions;
  readonly #folder: string;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #client: AwsClient;
  readonly #waiting: string[] = [];
  readonly #abort = new AbortController();
  #isRunning = false;
  uploaded = 0;

  constructor(options: UploadOptions, folder: string, log: Log, clock: Clock) {
    this.#options = options;
    this.#folder = folder;
    this.#log = log;
    this.#clock = clock;
    // Retries are ours: the library's would hide what is wrong.
    this.#client = new AwsClient({ ...options.keys, region: options.region, service: "s3", retries: 0 });
  }

  /** Takes up the files that the manifest has and the bucket has not. */
  async resume(): Promise<void> {
    const { parts, uploaded } = await readManifest(this.#folder);
    for (const part of parts) if (!uploaded.has(part.path)) this.add(part.path);
  }

  /** `path` is below the output folder, and becomes the object's key behind the prefix. */
  add(path: string): void {
    if (this.#waiting.includes(path)) return;
    this.#waiting.push(path);
    if (!this.#isRunning) void this.#run();
  }

  stop(): void {
    this.#abort.abort(new Error("stopped"));
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    const { signal } = this.#abort;
    for (let attempt = 1, path = this.#waiting[0]; path !== undefined && !signal.aborted; path = this.#waiting[0]) {
      try {
        await this.#put(path);
        this.#waiting.shift();
        attempt = 1;
      } catch (error) {
        if (signal.aborted) break;
        this.#log.warn(
          { path, attempt, error: messageOf(error) },
          "a file could not be copied to S3 and is tried again",
        );
        await this.#clock
          .sleep(backoffMs({ firstMs: 1_000, maxMs: 300_000 }, attempt++), signal)
          .catch(() => undefined);
      }
    }
    this.#isRunning = false;
  }

  async #put(path: string): Promise<void> {
    const { endpoint, bucket, prefix, deleteAfter } = this.#options;
    const file = join(this.#folder, path);
    const key = [prefix.replace(/\/$/, ""), path].filter(Boolean).join("/");
    const body = await readFile(file);
    // `=` of the hive layout is a plain character in a path, but not in what is signed.
    const escaped = key.split("/").map(encodeURIComponent).join("/");
    const url = `${endpoint.replace(/\/$/, "")}/${bucket}/${escaped}`;
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const response = await this.#client.fetch(url, {
      method: "PUT",
      body,
      signal,
      headers: { "content-type": "application/vnd.apache.parquet" },
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`HTTP ${response.status} ${answer.slice(0, 200)}`);
    this.uploaded++;
    appendLine(join(this.#folder, MANIFEST), { kind: "uploaded", path, url, at_ms: this.#clock.now() });
    if (!deleteAfter) return;
    await rm(file, { force: true });
    appendLine(join(this.#folder, MANIFEST), { kind: "dropped", path, at_ms: this.#clock.now() });
  }
}
