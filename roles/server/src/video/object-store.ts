import { openAsBlob } from "node:fs";
import { Readable } from "node:stream";
import { AwsClient } from "aws4fetch";
import type { ServerConfig } from "../config.ts";
import { ServerErrors } from "../errors.ts";

export type S3Config = NonNullable<ServerConfig["video"]["s3"]>;

export type ObjectStore = ReturnType<typeof objectStore>;

/** Finished recordings in S3, or what speaks it, under `recordings/<id>.mp4`. */
export function objectStore({ endpoint, bucket, region, access_key, secret_key }: S3Config) {
  const client = new AwsClient({
    accessKeyId: access_key,
    secretAccessKey: secret_key,
    service: "s3",
    region,
    retries: 2,
  });
  const addressOf = (id: string) => `${endpoint.replace(/\/$/, "")}/${bucket}/recordings/${id}.mp4`;
  const check = async (what: string, response: Response): Promise<Response> => {
    if (response.ok) return response;
    const said = (await response.text()).slice(0, 300);
    throw ServerErrors.OBJECT_STORE(what, `${response.status} ${said}`);
  };
  return {
    put: async (id: string, path: string): Promise<void> => {
      // Read from disk as it goes; its hash is in the audit trail, not in the signature.
      const body = await openAsBlob(path, { type: "video/mp4" });
      await check("put a recording", await client.fetch(addressOf(id), { method: "PUT", body }));
    },
    /** `range` as `first-last`, or all of it. */
    get: async (id: string, range: string | null) => {
      const headers: Record<string, string> = range === null ? {} : { range: `bytes=${range}` };
      const response = await check("get a recording", await client.fetch(addressOf(id), { headers }));
      return { body: Readable.from(response.body ?? []), contentRange: response.headers.get("content-range") };
    },
    remove: async (id: string): Promise<void> => {
      await check("remove a recording", await client.fetch(addressOf(id), { method: "DELETE" }));
    },
  };
}
