import type { Loop } from "./picture.ts";

/** What a simulated camera does instead of playing as it should. */
export const CAMERA_FAULTS = [
  /** Its playlist no longer moves, its streams send nothing more. */
  "stall",
  /** Every second segment isn't there. */
  "segment_404",
  /** Time stamps jump every four seconds, and not only where the loop begins anew. */
  "discontinuity",
  /** What it refers to lies in somebody's inner network, or is a file. */
  "inner_address",
  /** Segments of 200 MB. */
  "huge_segment",
  /** A page of HTML, said to be fine. */
  "wrong_type",
  /** 4,000 bytes a second. */
  "slow_link",
  /** Whatever name and password it is given, it refuses. */
  "bad_sign_in",
  /** It takes no connection. */
  "dead",
] as const;
export type CameraFault = (typeof CAMERA_FAULTS)[number];

/** What one camera was asked and gave. */
export type CameraCounts = {
  playlists: number;
  segments: number;
  /** Most requests for the same segment: one reader alone asks once. */
  most_for_one_segment: number;
  /** Streams over MJPEG, RTSP and RTMP that were begun, and how many are open now and were at most. */
  streams: number;
  open_streams: number;
  most_open_streams: number;
  refused_sign_ins: number;
  bytes_sent: number;
};

/** One simulated camera. */
export class SimCamera {
  readonly id: string;
  readonly site: string;
  /** Encoded when it is first asked for. */
  readonly loop: () => Promise<Loop>;
  readonly counts: CameraCounts = {
    playlists: 0,
    segments: 0,
    most_for_one_segment: 0,
    streams: 0,
    open_streams: 0,
    most_open_streams: 0,
    refused_sign_ins: 0,
    bytes_sent: 0,
  };
  #fault: CameraFault | null;
  #faultSinceMs: number;
  readonly #now: () => number;
  /** Requests for each of the newest segments, by address. */
  readonly #asked = new Map<string, number>();

  constructor(
    name: { id: string; site: string },
    loop: () => Promise<Loop>,
    fault: CameraFault | null,
    now = Date.now,
  ) {
    this.id = name.id;
    this.site = name.site;
    this.loop = loop;
    this.#fault = fault;
    this.#now = now;
    this.#faultSinceMs = now();
  }

  get fault(): CameraFault | null {
    return this.#fault;
  }

  setFault(fault: CameraFault | null): void {
    this.#fault = fault;
    this.#faultSinceMs = this.#now();
  }

  /** Its own time: that of a camera that stalled stands still. */
  now(): number {
    return this.#fault === "stall" ? this.#faultSinceMs : this.#now();
  }

  countSegment(address: string): void {
    this.counts.segments++;
    const times = (this.#asked.get(address) ?? 0) + 1;
    this.#asked.set(address, times);
    this.counts.most_for_one_segment = Math.max(this.counts.most_for_one_segment, times);
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > REMEMBERED && oldest !== undefined) this.#asked.delete(oldest);
  }

  /** Counts a stream as open until what is returned is called. */
  openStream(): () => void {
    this.counts.streams++;
    this.counts.open_streams++;
    this.counts.most_open_streams = Math.max(this.counts.most_open_streams, this.counts.open_streams);
    let isOpen = true;
    return () => {
      if (isOpen) this.counts.open_streams--;
      isOpen = false;
    };
  }
}

/** Segments that can still be asked for, of three renditions. */
const REMEMBERED = 60;
