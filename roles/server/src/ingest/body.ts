import type { Readable } from "node:stream";
import { createGunzip, type Gunzip } from "node:zlib";
import { messageOf } from "@banksman/kit";
import { UPLOAD_MAX_INFLATED_BYTES } from "@banksman/wire/ingest";
import { problem } from "../http/problem.ts";

type Headers = { contentType: string | undefined; contentEncoding: string | undefined };

const JSON_TYPES = ["application/json", "text/json"];
const BINARY_TYPES = ["application/gzip", "application/x-gzip", "application/octet-stream"];

/** Whether the body is gzip, by what the headers say; refuses what is neither JSON nor gzip with 415. */
function isGzip({ contentType, contentEncoding }: Headers): boolean {
  const encoding = (contentEncoding ?? "identity").trim().toLowerCase();
  if (encoding !== "gzip" && encoding !== "identity") {
    throw problem(415, "ENCODING_NOT_TAKEN", `Content-Encoding ${encoding} is not taken; send gzip or nothing`);
  }
  const type = (contentType ?? "application/json").split(";")[0]?.trim().toLowerCase() ?? "";
  if (!JSON_TYPES.includes(type) && !BINARY_TYPES.includes(type)) {
    throw problem(
      415,
      "TYPE_NOT_TAKEN",
      `Content-Type ${type} is not taken; send application/json, or application/gzip for a gzip body`,
    );
  }
  return encoding === "gzip" || type === "application/gzip" || type === "application/x-gzip";
}

/**
 * Reads an upload's body, inflating gzip while it comes in, and cuts it off at 64 MiB inflated, so that a zip bomb
 * costs no more than that. Throws 400 for a broken gzip, 413 for too much, 415 for other kinds.
 */
export async function readUploadBody(stream: Readable, headers: Headers): Promise<string> {
  const inflate = isGzip(headers) ? createGunzip() : null;
  const source: Readable | Gunzip = inflate ? stream.pipe(inflate) : stream;
  // A client that goes away mid-body must end the inflating too.
  if (inflate)
    stream
      .once("error", (error) => inflate.destroy(error))
      .once("aborted", () => inflate.destroy(new Error("upload cut off")));
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > UPLOAD_MAX_INFLATED_BYTES) {
        throw problem(
          413,
          "TOO_LARGE",
          `the upload is over ${UPLOAD_MAX_INFLATED_BYTES / 1024 / 1024} MiB inflated; split it`,
        );
      }
      chunks.push(chunk);
    }
  } catch (error) {
    const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
    if (code.startsWith("Z_")) throw problem(400, "BAD_GZIP", `the body is not whole gzip: ${messageOf(error)}`);
    throw error;
  } finally {
    // What still comes is thrown away, or the client would wait for us to read it.
    stream.unpipe();
    stream.resume();
  }
  return Buffer.concat(chunks, bytes).toString("utf8");
}
