type Out = { write: (text: string) => unknown; isTTY?: boolean };

const WIDTH = 24;
const REDRAW_MS = 100;
const count = (value: number) => value.toLocaleString("en-US");

/** `[############------------] 500,000 of 1,000,000 rows, 93,000/s` */
export function progressLine(rows: number, total: number, seconds: number): string {
  const full = Math.min(WIDTH, Math.round((WIDTH * rows) / Math.max(1, total)));
  const rate = seconds > 0 ? Math.round(rows / seconds) : 0;
  return `[${"#".repeat(full)}${"-".repeat(WIDTH - full)}] ${count(rows)} of ${count(total)} rows, ${count(rate)}/s`;
}

/** Shows how far reading a trail is: one line that changes on a terminal, a line each tenth of the way elsewhere. */
export function showProgress(out: Out, total: number, now: () => number = () => performance.now()) {
  const since = now();
  let drawnAt = Number.NEGATIVE_INFINITY;
  let tenth = 0;
  return {
    show: (rows: number): void => {
      const text = progressLine(rows, total, (now() - since) / 1_000);
      if (out.isTTY) {
        if (now() - drawnAt < REDRAW_MS && rows < total) return;
        drawnAt = now();
        out.write(`\r\u001b[2K${text}`);
      } else if (Math.floor((rows * 10) / Math.max(1, total)) > tenth) {
        tenth = Math.floor((rows * 10) / Math.max(1, total));
        out.write(`${text}\n`);
      }
    },
    end: (): void => {
      if (out.isTTY && drawnAt > Number.NEGATIVE_INFINITY) out.write("\n");
    },
  };
}
