type Terminal = { write: (text: string) => unknown; isTTY?: boolean; columns?: number };

const REDRAW_MS = 100;
const BAR_WIDTH = 24;
/** The rate shown is that of about so many ms. */
const WINDOW_MS = 5_000;

/** A line on a terminal that says how far a scan is, how fast, and how long it still takes; nothing anywhere else. */
export class ScanBar {
  readonly #out: Terminal;
  readonly #now: () => number;
  readonly #past: { at: number; settled: number }[] = [];
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(out: Terminal, now: () => number = () => performance.now()) {
    this.#out = out;
    this.#now = now;
  }

  show(settled: number, total: number, found: number): void {
    const now = this.#now();
    if (!this.#out.isTTY || now - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = now;
    this.#past.push({ at: now, settled });
    while (this.#past.length > 2 && now - (this.#past[0]?.at ?? now) > WINDOW_MS) this.#past.shift();
    const text = scanLine(settled, total, found, this.#rate());
    this.#out.write(`\r\u001b[2K${text.slice(0, (this.#out.columns ?? 80) - 1)}`);
  }

  clear(): void {
    if (this.#out.isTTY) this.#out.write("\r\u001b[2K");
  }

  /** Addresses a second. */
  #rate(): number {
    const [first, last] = [this.#past[0], this.#past.at(-1)];
    if (!first || !last || last.at <= first.at) return 0;
    return ((last.settled - first.settled) * 1_000) / (last.at - first.at);
  }
}

/** `[######------] 16,384 of 65,534, 250 found, 498/s, 1:39 left` */
export function scanLine(settled: number, total: number, found: number, rate: number): string {
  const full = Math.round((BAR_WIDTH * settled) / Math.max(1, total));
  const left = rate > 0 ? `, ${clock((total - settled) / rate)} left` : "";
  const bar = `[${"#".repeat(full)}${"-".repeat(BAR_WIDTH - full)}]`;
  return `${bar} ${count(settled)} of ${count(total)}, ${count(found)} found, ${count(Math.round(rate))}/s${left}`;
}

const count = (value: number) => value.toLocaleString("en-US");

function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
