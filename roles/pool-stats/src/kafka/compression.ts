import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import kafkajs from "kafkajs";
import { unpackLz4 } from "./lz4.ts";
import { unpackSnappy } from "./snappy.ts";

const readOnly = (name: string) => async (): Promise<never> => {
  throw new Error(`${name} is only read here`);
};
const pack = promisify(zstdCompress);
const unpack = promisify(zstdDecompress);

/** The client brings gzip alone, yet the pool's own share writer packs with Snappy, and others may with LZ4 or Zstandard. */
export function useAllCompressions(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  CompressionCodecs[CompressionTypes.Snappy] = () => ({
    compress: readOnly("Snappy"),
    decompress: async (packed: Buffer) => unpackSnappy(packed),
  });
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: readOnly("LZ4"),
    decompress: async (packed: Buffer) => unpackLz4(packed),
  });
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => pack(buffer),
    decompress: (packed: Buffer) => unpack(packed),
  });
}
