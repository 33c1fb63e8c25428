import type { VideoProfile } from "@banksman/wire/model";
import { type Bucket, createBucket } from "./bucket.ts";
import type { Viewing } from "./tokens.ts";

export type Limits = { total_mbps: number; user_mbps: number; site_mbps: number };

/** What one viewing takes: out of this server, and out of the site if nobody else draws the same stream. */
export type Wanted = { profile: VideoProfile; outKbps: number; stream: string; inKbps: number };

type View = Wanted & { userNo: number; by: string; siteId: string; cameraId: string; seenAtMs: number };

/** A player that asked for nothing for so long is gone. */
const GONE_MS = 30_000;
const PIECE_S = 0.05;
const LEAST_PIECE_BYTES = 16 * 1024;

export type Admission = ReturnType<typeof createAdmission>;

/**
 * Who may watch within the lines there are: a stream that would starve others is given smaller, or refused with the
 * reason. What is given is held to: each user, each site's line and the whole have a rate.
 */
export function createAdmission(limits: () => Limits, now: () => number = Date.now) {
  const views = new Map<string, View>();
  const buckets = new Map<string, { mbps: number; bucket: Bucket }>();

  const bucketOf = (name: string, mbps: number): Bucket => {
    const known = buckets.get(name);
    if (known?.mbps === mbps) return known.bucket;
    const bucket = createBucket((mbps * 1_000_000) / 8);
    buckets.set(name, { mbps, bucket });
    return bucket;
  };
  const tidy = (): void => {
    for (const [viewId, { seenAtMs }] of views) if (now() - seenAtMs > GONE_MS) views.delete(viewId);
  };
  const sum = (kbps: readonly number[]): number => kbps.reduce((all, one) => all + one, 0);

  /** Why this can't be given now; null where it can. */
  const whyNot = (wanted: Wanted, userNo: number, siteId: string): string | null => {
    const all = [...views.values()];
    const ofUser = sum(all.filter((view) => view.userNo === userNo).map(({ outKbps }) => outKbps));
    const total = sum(all.map(({ outKbps }) => outKbps));
    const drawn = new Map(all.filter((view) => view.siteId === siteId).map((view) => [view.stream, view.inKbps]));
    const more = drawn.has(wanted.stream) ? 0 : wanted.inKbps;
    const { user_mbps, site_mbps, total_mbps } = limits();
    const full = (what: string, kbps: number, mbps: number) =>
      `${what} full: ${(kbps / 1_000).toFixed(1)} of ${mbps} Mb/s are in use`;
    if (ofUser + wanted.outKbps > user_mbps * 1_000) return full("your share is", ofUser, user_mbps);
    if (more > 0 && sum([...drawn.values()]) + more > site_mbps * 1_000)
      return full(`the line of site ${siteId} is`, sum([...drawn.values()]), site_mbps);
    if (total + wanted.outKbps > total_mbps * 1_000) return full("the server's line is", total, total_mbps);
    return null;
  };

  const viewOf = ({ user_no, camera_id, via }: Viewing, siteId: string, wanted: Wanted): View => ({
    ...wanted,
    ...{ userNo: user_no, by: `${via.is} ${via.id}`, siteId, cameraId: camera_id, seenAtMs: now() },
  });

  return {
    /** The first of what is wanted that fits, and why none before it did. */
    choose: (wanted: readonly Wanted[], userNo: number, siteId: string) => {
      tidy();
      let reason: string | null = null;
      for (const one of wanted) {
        const why = whyNot(one, userNo, siteId);
        if (why === null) return { given: one, reason };
        reason ??= why;
      }
      return { given: null, reason };
    },
    begin: (viewing: Viewing, siteId: string, wanted: Wanted): void => {
      const fresh = viewOf(viewing, siteId, wanted);
      // A player that asks again, since it failed, is still one.
      for (const [viewId, { by, cameraId, profile }] of views)
        if (by === fresh.by && cameraId === fresh.cameraId && profile === fresh.profile) views.delete(viewId);
      views.set(viewing.view_id, fresh);
    },
    /**
     * The player still plays: null. One that is not counted here, since it paused or another server let it in, is from now
     * on; the reason where there is no room for it any more.
     */
    seen: (viewing: Viewing, siteId: string, wanted: Wanted): string | null => {
      const known = views.get(viewing.view_id);
      if (known && now() - known.seenAtMs <= GONE_MS) {
        known.seenAtMs = now();
        return null;
      }
      tidy();
      const why = whyNot(wanted, viewing.user_no, siteId);
      if (why === null) views.set(viewing.view_id, viewOf(viewing, siteId, wanted));
      return why;
    },
    viewersOf: (cameraId: string): number => {
      tidy();
      return [...views.values()].filter((view) => view.cameraId === cameraId).length;
    },
    /** Waits until so many bytes may go to this user. */
    out: async (userNo: number, bytes: number): Promise<void> => {
      const { user_mbps, total_mbps } = limits();
      await Promise.all([bucketOf(`user ${userNo}`, user_mbps).take(bytes), bucketOf("total", total_mbps).take(bytes)]);
    },
    /** What may go at once: a twentieth of a second of the narrower rate, so that those who share it get it evenly. */
    pieceBytes: (): number => {
      const { user_mbps, total_mbps } = limits();
      return Math.max(LEAST_PIECE_BYTES, ((Math.min(user_mbps, total_mbps) * 1_000_000) / 8) * PIECE_S);
    },
    /** The rate of what is drawn from a site. */
    line: (siteId: string): Bucket => bucketOf(`site ${siteId}`, limits().site_mbps),
    kbps: (): number => {
      tidy();
      return sum([...views.values()].map(({ outKbps }) => outKbps));
    },
    count: (): number => views.size,
  };
}
