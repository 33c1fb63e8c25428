import type { CameraTrouble, VideoProfile } from "@banksman/wire/model";

/** Why nothing comes: what the field says of a camera, or this browser of a stream or the server. */
export type PictureTrouble = CameraTrouble | "unplayable" | "no_server";

/** What is known of the picture that a tile shows. Times are the server's, in ms since 1970. */
export type Picture = {
  /** When it was taken; null before the first one. */
  takenAt: number | null;
  /** When it last moved. */
  movedAt: number | null;
  /** What the server has against it, in its own words. */
  problem: string | null;
  trouble: PictureTrouble | null;
  /** What is given, where a stream is played. */
  profile: VideoProfile | null;
  /** Why that is less than was asked for. */
  reason: string | null;
};

const NOTHING: Picture = { takenAt: null, movedAt: null, problem: null, trouble: null, profile: null, reason: null };

/** waiting (nothing yet, nothing wrong) → live → stalled; `none`: nothing to show, for a reason that is known. */
export type PictureState = "waiting" | "live" | "stalled" | "none";

/** A picture that has not moved for so long is stalled: a stream's moves several times a second, a wall's now and then. */
export const STALLED_AFTER_MS = { stream: 5_000, wall: 12_000 } as const;

export function stateOf({ takenAt, movedAt, problem, trouble }: Picture, now: number, afterMs: number): PictureState {
  if (takenAt === null || movedAt === null) return problem !== null || trouble !== null ? "none" : "waiting";
  return now - movedAt > afterMs ? "stalled" : "live";
}

/**
 * The pictures on the screen, whoever brings them. Tiles look once a second by themselves, so that only what changes a
 * tile's words is told at once.
 */
export class Pictures {
  readonly #pictures = new Map<string, Picture>();
  readonly #listeners = new Set<() => void>();
  #version = 0;

  of(cameraId: string): Picture {
    return this.#pictures.get(cameraId) ?? NOTHING;
  }

  /** A newer picture is shown. */
  moved(cameraId: string, takenAt: number, now: number): void {
    const before = this.of(cameraId);
    // The same picture once more is none that moved.
    if (takenAt === before.takenAt) return;
    this.#pictures.set(cameraId, { ...before, takenAt, movedAt: now, problem: null, trouble: null });
    if (before.takenAt === null || before.problem !== null || before.trouble !== null) this.#tell();
  }

  note(cameraId: string, change: Partial<Picture>): void {
    this.#pictures.set(cameraId, { ...this.of(cameraId), ...change });
    this.#tell();
  }

  /** It is no longer shown: what comes next starts anew. */
  forget(cameraId: string): void {
    if (this.#pictures.delete(cameraId)) this.#tell();
  }

  readonly version = (): number => this.#version;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #tell(): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}
