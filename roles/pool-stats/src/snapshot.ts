import { open, rename, rm } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { codeOf, type Log, messageOf } from "@banksman/kit";
import { z } from "zod";
import type { StatisticsImage } from "./statistics.ts";

/** The windows at one moment, and how far each partition had been counted by then. */
export type Snapshot = {
  /** Unix seconds. */
  writtenAt: number;
  shares: ReadonlyMap<number, number>;
  events: ReadonlyMap<number, number>;
  image: StatisticsImage;
};

/** Raised with every change of what the blocks mean: an older file is then left aside, and the log read instead. */
const FORMAT = 1;

const Positions = z.array(z.tuple([z.int(), z.int()]));
const Header = z.object({
  format: z.literal(FORMAT),
  writtenAt: z.int(),
  shares: Positions,
  events: Positions,
  compat: z.enum(["g2", "g4"]),
  pool: z.int(),
  oddReasons: z.array(z.tuple([z.int(), z.array(z.int())])),
  records: z.int(),
  tapes: z.int(),
  rings: z.array(z.object({ index: z.int(), statuses: z.array(z.int()) })),
  lengths: z.array(z.int().nonnegative()),
});

/**
 * Writes a snapshot whole or not at all: beside the file first, then in its place. A file is the length of its header,
 * the header as JSON, the blocks, and the checksum of all of that.
 */
export async function writeSnapshot(path: string, { writtenAt, shares, events, image }: Snapshot): Promise<void> {
  const { blocks, ...rest } = image;
  const header = {
    format: FORMAT,
    writtenAt,
    shares: [...shares],
    events: [...events],
    ...rest,
    lengths: blocks.map((block) => block.length),
  };
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const beside = `${path}.new`;
  const file = await open(beside, "w");
  try {
    let sum = 0;
    for (const block of [length, json, ...blocks]) {
      await writeWhole(file, block);
      sum = crc32(block, sum);
    }
    const check = Buffer.alloc(4);
    check.writeUInt32LE(sum);
    await file.write(check);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
}

/** Reads a snapshot; null where there is none or it is damaged, which is told. */
export async function readSnapshot(path: string, log: Log): Promise<Snapshot | null> {
  await rm(`${path}.new`, { force: true }).catch(() => undefined);
  try {
    return await readWhole(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT")
      log.warn(`snapshot ${path} is left aside, the last hour of shares is read instead: ${messageOf(error)}`);
    return null;
  }
}

type File = Awaited<ReturnType<typeof open>>;

async function writeWhole(file: File, block: Uint8Array): Promise<void> {
  for (let at = 0; at < block.length; ) at += (await file.write(block, at, block.length - at)).bytesWritten;
}

async function readWhole(path: string): Promise<Snapshot> {
  const file = await open(path, "r");
  try {
    let sum = 0;
    const { size } = await file.stat();
    const next = async (length: number) => {
      if (length > size) throw new Error("it is cut off");
      const block = new Uint8Array(length);
      for (let at = 0; at < length; ) {
        const { bytesRead } = await file.read(block, at, length - at);
        if (bytesRead === 0) throw new Error("it is cut off");
        at += bytesRead;
      }
      return block;
    };
    const take = async (length: number) => {
      const block = await next(length);
      sum = crc32(block, sum);
      return block;
    };
    const json = await take(Buffer.from(await take(4)).readUInt32LE());
    const { lengths, shares, events, writtenAt, ...rest } = Header.parse(JSON.parse(Buffer.from(json).toString()));
    const blocks: Uint8Array[] = [];
    for (const length of lengths) blocks.push(await take(length));
    if (Buffer.from(await next(4)).readUInt32LE() !== sum) throw new Error("its checksum is wrong");
    return { writtenAt, shares: new Map(shares), events: new Map(events), image: { ...rest, blocks } };
  } finally {
    await file.close();
  }
}
