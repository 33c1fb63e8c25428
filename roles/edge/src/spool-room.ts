import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";

const MIB = 1024 ** 2;
/** Given back to the disk when it is full: SQLite can't even delete without room to write its log. */
export const BALLAST_BYTES = 8 * MIB;
/** Below this the spool takes no more batches, so that the machine's other programs still have air. */
export const FLOOR_BYTES = 64 * MIB;

/** What the spool asks of the disk; tests put their own in its place. */
export type Room = {
  freeBytes: () => number;
  /** Makes the ballast if there is room for it. Never throws. */
  layBallast: () => void;
  /** Gives the ballast's space back. True when there was any. */
  dropBallast: () => boolean;
};

export function diskRoom(spoolPath: string): Room {
  const ballast = `${spoolPath}.ballast`;
  const freeBytes = () => {
    const disk = statfsSync(dirname(spoolPath));
    return disk.bavail * disk.bsize;
  };
  return {
    freeBytes,
    layBallast: () => {
      if (sizeOf(ballast) >= BALLAST_BYTES || freeBytes() < FLOOR_BYTES + BALLAST_BYTES) return;
      try {
        writeZeros(ballast);
      } catch {
        rmSync(ballast, { force: true });
      }
    },
    dropBallast: () => {
      const had = existsSync(ballast);
      rmSync(ballast, { force: true });
      return had;
    },
  };
}

const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** Written for real: a sparse file would hold no space to give back. */
function writeZeros(file: string): void {
  const zeros = Buffer.alloc(MIB);
  const fd = openSync(file, "w", 0o600);
  try {
    for (let written = 0; written < BALLAST_BYTES; written += MIB) writeSync(fd, zeros);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
