import { type FileHandle, open } from "node:fs/promises";
import { codeOf, messageOf } from "@banksman/kit";
import { parquetMetadata } from "hyparquet";

const MAGIC = "PAR1";
/** A Parquet file ends in its footer, the footer's length in 4 bytes, and the magic word. */
const TAIL_BYTES = 8;

/** What is wrong with a Parquet file by its size and footer alone, or null. A file that isn't there is not damaged. */
export async function damageOf(path: string, bytes: number): Promise<string | null> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    return codeOf(error) === "ENOENT" ? null : messageOf(error);
  }
  try {
    const { size } = await file.stat();
    if (size !== bytes) return `has ${size} bytes, the manifest says ${bytes}`;
    const tail = await readEnd(file, size, TAIL_BYTES);
    if (tail.toString("latin1", 4) !== MAGIC) return "has no Parquet footer";
    const footer = tail.readUInt32LE(0) + TAIL_BYTES;
    if (footer > size) return "has a footer longer than itself";
    parquetMetadata(new Uint8Array(await readEnd(file, size, footer)).buffer);
    return null;
  } catch (error) {
    return `can't be read: ${messageOf(error)}`;
  } finally {
    await file.close();
  }
}

async function readEnd(file: FileHandle, size: number, bytes: number): Promise<Buffer> {
  const end = Buffer.alloc(Math.min(bytes, size));
  await file.read(end, 0, end.length, size - end.length);
  return end;
}
