import type { VideoProfile } from "@banksman/wire/model";
import type Hls from "hls.js/light";
import { ApiProblem, problemOf } from "../../api/problem.ts";
import { serverNow } from "../../api/server-clock.ts";
import { playlistLoader } from "./playlist-loader.ts";

export type Watched = { playlist: string; profile: VideoProfile; reason: string | null };
export type StreamEvents = {
  /** The picture moved; what is shown now was taken then. */
  onMoved: (takenAt: number) => void;
  onGiven: (given: Watched) => void;
  /** Nothing comes now: what the server said, or null when what came can't be played. */
  onProblem: (problem: ApiProblem | null) => void;
};
type Watch = (profile: VideoProfile, signal: AbortSignal) => Promise<Watched>;

const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 60_000;
/** A camera's own stream may be coded in a way that this browser lacks; this is the best one that is made of it. */
const MADE: VideoProfile = "high";
/** Seconds of video ahead: more would only be memory, times sixteen. */
const AHEAD_S = 6;

const SETTINGS = {
  enableWorker: false,
  lowLatencyMode: true,
  maxBufferLength: AHEAD_S,
  maxMaxBufferLength: AHEAD_S,
  // Seconds that have been seen are of no use, and a player that keeps them grows for hours.
  backBufferLength: 0,
  capLevelToPlayerSize: true,
  // A picture that fell behind hurries a little instead of staying old.
  maxLiveSyncPlaybackRate: 1.25,
};

/**
 * Plays one camera in one video element: asks to watch, plays, and begins again whenever that ends, each time later, until
 * it is closed. It then leaves the element without a source: a browser keeps the decoder of one that still has it.
 */
export class StreamPlayer {
  readonly #video: HTMLVideoElement;
  readonly #watch: Watch;
  readonly #events: StreamEvents;
  readonly #closing = new AbortController();
  #profile: VideoProfile;
  #hls: Hls | null = null;
  #timer = 0;
  #tries = 0;
  #shownAt = -1;
  #mended = false;
  /** Whether anything of the stream that is given now was shown. */
  #hasShown = false;

  constructor(video: HTMLVideoElement, watch: Watch, profile: VideoProfile, events: StreamEvents) {
    this.#video = video;
    this.#watch = watch;
    this.#profile = profile;
    this.#events = events;
    const { signal } = this.#closing;
    video.addEventListener("timeupdate", () => this.#noteMove(), { signal });
    // What goes wrong inside hls.js is told by its own event.
    video.addEventListener("error", () => this.#hls ?? this.#again(), { signal });
    // A browser pauses an element that is moved to another place of the page.
    video.addEventListener("pause", () => void this.#play(), { signal });
    void this.#open();
  }

  close(): void {
    this.#closing.abort();
    window.clearTimeout(this.#timer);
    this.#release();
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #open(): Promise<void> {
    try {
      const [given, { default: Player }] = await Promise.all([
        this.#watch(this.#profile, this.#closing.signal),
        import("hls.js/light"),
      ]);
      if (this.#isClosed) return;
      this.#events.onGiven(given);
      this.#attach(Player, given.playlist);
    } catch (error) {
      if (this.#isClosed) return;
      const problem = error instanceof ApiProblem ? error : new ApiProblem({ status: 0, code: "client", detail: "" });
      this.#events.onProblem(problem);
      this.#again(problem.retryAfterSeconds ?? undefined);
    }
  }

  #attach(Player: typeof Hls, playlist: string): void {
    if (!Player.isSupported()) {
      // Safari on a phone plays the playlist itself.
      this.#video.src = playlist;
      void this.#play();
      return;
    }
    const hls = new Player({ ...SETTINGS, pLoader: playlistLoader(Player) });
    this.#hls = hls;
    hls.on(Player.Events.MANIFEST_PARSED, () => void this.#play());
    hls.on(Player.Events.ERROR, (_, { fatal, type, response, networkDetails }) => {
      // The right to watch ran out, as after a night of a sleeping laptop: asked for anew, it goes on.
      if (response?.code === 401) return this.#again(0);
      const problem = problemIn(networkDetails);
      if (problem !== null) this.#events.onProblem(problem);
      if (problem?.code === "CAMERA_AT_LIMIT" && this.#profile !== "source") return this.#take("source");
      if (!fatal) return;
      if (type === Player.ErrorTypes.MEDIA_ERROR) this.#mend(hls);
      else this.#again();
    });
    hls.loadSource(playlist);
    hls.attachMedia(this.#video);
  }

  /** Where no encoder is free the camera's own stream needs none: whether the lines have room for it the server says. */
  #take(profile: VideoProfile): void {
    this.#profile = profile;
    this.#again(0);
  }

  /** What can't be decoded is asked for as the server makes it; what went wrong later is begun again. */
  #mend(hls: Hls): void {
    if (!this.#hasShown && this.#profile === "source") this.#take(MADE);
    else if (!this.#mended) {
      this.#mended = true;
      hls.recoverMediaError();
    } else {
      this.#events.onProblem(null);
      this.#again();
    }
  }

  async #play(): Promise<void> {
    // Refused while the page is hidden, or when a newer source takes its place: it plays once there is something.
    if (!this.#isClosed) await this.#video.play().catch(() => undefined);
  }

  #noteMove(): void {
    const { currentTime, seekable } = this.#video;
    if (currentTime === this.#shownAt || currentTime === 0) return;
    this.#shownAt = currentTime;
    this.#tries = 0;
    this.#mended = false;
    this.#hasShown = true;
    const told = this.#hls?.playingDate?.getTime();
    // Without the time in the playlist, what is behind its end is as old as that is long.
    const behind = seekable.length > 0 ? Math.max(0, seekable.end(seekable.length - 1) - currentTime) : 0;
    this.#events.onMoved(told ?? serverNow() - behind * 1_000);
  }

  /** Begins again after a wait that grows with each try in a row, or that the server named. */
  #again(seconds?: number): void {
    this.#release();
    window.clearTimeout(this.#timer);
    const grown = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#tries);
    const wait = seconds === undefined || (seconds === 0 && this.#tries > 0) ? grown : seconds * 1_000;
    this.#tries += 1;
    this.#timer = window.setTimeout(() => void this.#open(), wait);
  }

  #release(): void {
    this.#hls?.destroy();
    this.#hls = null;
    this.#hasShown = false;
    if (!this.#video.hasAttribute("src")) return;
    this.#video.removeAttribute("src");
    this.#video.load();
  }
}

/** What the server said to a request that hls.js made; null when it said nothing against it. */
function problemIn(request: unknown): ApiProblem | null {
  if (!(request instanceof XMLHttpRequest) || request.status < 400 || request.responseType === "arraybuffer")
    return null;
  try {
    return problemOf(request.status, JSON.parse(request.responseText), request.getResponseHeader("retry-after"));
  } catch {
    return null;
  }
}
