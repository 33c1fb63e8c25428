import {
  LIVE_PATH,
  LiveMessage,
  type LiveSubscribe,
  type LiveSubscribeAlerts,
  type LiveSubscribeCommands,
  type LiveSubscribeCooling,
} from "@banksman/wire/api";

/**
 * idle → connecting → live → (lost → connecting → live)*; `paused` while the tab is hidden, after which the first
 * message is a `reset`, so that one fresh snapshot replaces what was missed.
 */
export type LiveState = "idle" | "connecting" | "live" | "lost" | "paused";

export type LiveEvents = {
  onState: (state: LiveState) => void;
  onReadings: (message: Extract<LiveMessage, { type: "readings" }>) => void;
  onAlerts: (message: Extract<LiveMessage, { type: "alerts" }>) => void;
  onCommands: (message: Extract<LiveMessage, { type: "commands" }>) => void;
  onCooling: () => void;
  /** What is on the screen may be out of date: fetch it anew. */
  onReset: (siteId: string) => void;
  /** The server takes nobody to be signed in: ask whether that is so. */
  onSignedOut: () => void;
};

type Surroundings = {
  connect: (path: string) => WebSocket;
  setTimer: (run: () => void, ms: number) => number;
  clearTimer: (timer: number) => void;
  random: () => number;
};

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/** Wait before the nth reconnect: doubling, with full jitter above half, so that a restart isn't met by all at once. */
export const reconnectDelay = (attempt: number, random: () => number): number =>
  Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt) * (0.5 + random() / 2);

const browser: Surroundings = {
  connect: (path) => new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`),
  setTimer: (run, ms) => window.setTimeout(run, ms),
  clearTimer: (timer) => window.clearTimeout(timer),
  random: Math.random,
};

/** Why the server closes a connection whose person is no longer signed in. */
const SIGNED_OUT = 4401;

/** The one WebSocket of the program: one site at a time with the rows that are on the screen, and alerts of all sites. */
export class LiveClient {
  readonly #events: LiveEvents;
  readonly #around: Surroundings;
  #socket: WebSocket | null = null;
  #timer = 0;
  #attempt = 0;
  #siteId: string | null = null;
  #wantsAlerts = false;
  #wantsCommands = false;
  #wantsCooling = false;
  #minerIds: readonly string[] = [];
  #since: string | null = null;
  #paused = false;

  constructor(events: LiveEvents, around: Surroundings = browser) {
    this.#events = events;
    this.#around = around;
  }

  /** Follows a site, or nothing with null. */
  follow(siteId: string | null): void {
    if (siteId === this.#siteId) return;
    this.#siteId = siteId;
    this.#since = null;
    if (siteId === null) {
      if (this.#wantsAlerts) this.#events.onState("idle");
      else this.#disconnect("idle");
    } else if (this.#socket?.readyState === 1) this.#subscribe();
    else this.#open();
  }

  /** Names the miners whose rows are on the screen. */
  watch(minerIds: readonly string[]): void {
    if (minerIds.length === this.#minerIds.length && minerIds.every((id, index) => id === this.#minerIds[index]))
      return;
    this.#minerIds = minerIds;
    this.#subscribe();
  }

  /** Whether alerts are wanted, on pages of no site too. */
  followAlerts(wanted: boolean): void {
    if (wanted === this.#wantsAlerts) return;
    this.#wantsAlerts = wanted;
    if (!wanted && this.#siteId === null) this.#disconnect("idle");
    else if (wanted && this.#socket?.readyState === 1) this.#subscribeAlerts();
    else this.#open();
  }

  /** Whether changes of commands are wanted; they come beside a site's readings or alerts. */
  followCommands(wanted: boolean): void {
    this.#wantsCommands = wanted;
    this.#subscribeCommands();
  }

  /** Whether it is wanted to know when cooling units were read; comes beside a site's readings or alerts. */
  followCooling(wanted: boolean): void {
    this.#wantsCooling = wanted;
    this.#subscribeCooling();
  }

  /** A hidden tab asks for nothing; shown again, it catches up with one snapshot. */
  setPaused(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (paused) {
      this.#disconnect(this.#siteId === null ? "idle" : "paused");
      return;
    }
    this.#since = null;
    if (this.#siteId !== null) this.#events.onReset(this.#siteId);
    this.#open();
  }

  close(): void {
    this.#siteId = null;
    this.#wantsAlerts = false;
    this.#disconnect("idle");
  }

  get #isWanted(): boolean {
    return this.#siteId !== null || this.#wantsAlerts;
  }

  #open(): void {
    if (this.#paused || !this.#isWanted || this.#socket !== null) return;
    this.#around.clearTimer(this.#timer);
    if (this.#siteId !== null) this.#events.onState("connecting");
    const socket = this.#around.connect(LIVE_PATH);
    this.#socket = socket;
    socket.onopen = () => {
      this.#subscribe();
      this.#subscribeAlerts();
      this.#subscribeCommands();
      this.#subscribeCooling();
    };
    socket.onmessage = ({ data }) => this.#take(data);
    socket.onclose = (event) => {
      if (this.#socket !== socket) return;
      if (event?.code === SIGNED_OUT) this.#events.onSignedOut();
      this.#retry();
    };
  }

  #retry(): void {
    this.#socket = null;
    if (!this.#isWanted || this.#paused) return;
    if (this.#siteId !== null) this.#events.onState("lost");
    const wait = reconnectDelay(this.#attempt, this.#around.random);
    this.#attempt += 1;
    this.#timer = this.#around.setTimer(() => this.#open(), wait);
  }

  #disconnect(state: LiveState): void {
    this.#around.clearTimer(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#events.onState(state);
  }

  #subscribe(): void {
    if (this.#siteId === null || this.#socket?.readyState !== 1) return;
    const message: LiveSubscribe = {
      type: "subscribe",
      site_id: this.#siteId,
      miner_ids: this.#minerIds.slice(0, 1_000),
      ...(this.#since === null ? {} : { since: this.#since }),
    };
    this.#socket.send(JSON.stringify(message));
  }

  #subscribeAlerts(): void {
    if (!this.#wantsAlerts || this.#socket?.readyState !== 1) return;
    const message: LiveSubscribeAlerts = { type: "subscribe_alerts" };
    this.#socket.send(JSON.stringify(message));
  }

  #subscribeCommands(): void {
    if (!this.#wantsCommands || this.#socket?.readyState !== 1) return;
    const message: LiveSubscribeCommands = { type: "subscribe_commands" };
    this.#socket.send(JSON.stringify(message));
  }

  #subscribeCooling(): void {
    if (!this.#wantsCooling || this.#socket?.readyState !== 1) return;
    const message: LiveSubscribeCooling = { type: "subscribe_cooling" };
    this.#socket.send(JSON.stringify(message));
  }

  #take(data: unknown): void {
    const parsed = LiveMessage.safeParse(parseJson(data));
    if (!parsed.success) return;
    const message = parsed.data;
    if (message.type === "problem") {
      // The access token that opened it had run out: once there is a fresh one, another connection takes its place.
      if (message.code !== "NOT_SIGNED_IN") return;
      this.#events.onSignedOut();
      this.#socket?.close();
      return;
    }
    this.#attempt = 0;
    if (message.type === "alerts") {
      this.#events.onAlerts(message);
      return;
    }
    if (message.type === "commands") {
      this.#events.onCommands(message);
      return;
    }
    if (message.type === "cooling") {
      if (this.#wantsCooling) this.#events.onCooling();
      return;
    }
    if (message.site_id !== this.#siteId) return;
    this.#since = message.seq;
    this.#events.onState("live");
    if (message.type === "readings") this.#events.onReadings(message);
    if (message.type === "reset") this.#events.onReset(message.site_id);
  }
}

function parseJson(data: unknown): unknown {
  try {
    return typeof data === "string" ? JSON.parse(data) : null;
  } catch {
    return null;
  }
}
