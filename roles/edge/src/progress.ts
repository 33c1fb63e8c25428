import type { Log } from "@banksman/kit";
import type { Reading } from "@banksman/wire/model";
import type { SweepResult } from "./sweep.ts";

/** How a running edge tells a person or a log collector what it does. */
export type Progress = {
  onReading: (reading: Reading) => void;
  onSweep: (result: SweepResult, facts: { stored: boolean; backlog: number }) => void;
  /** Takes the bar away, for whatever is printed next. */
  clear: () => void;
};

type Terminal = Pick<NodeJS.WriteStream, "write"> & { isTTY?: boolean; columns?: number };

const REDRAW_MS = 100;
const BAR_WIDTH = 24;

/** A bar while a sweep runs and one line after it on a terminal; one log entry a sweep anywhere else. */
export function createProgress(options: {
  out: Terminal;
  log: Log;
  miners: () => number;
  now?: () => number;
}): Progress {
  return options.out.isTTY
    ? onTerminal(options)
    : { onReading: () => {}, clear: () => {}, onSweep: (result, facts) => logSweep(options.log, result, facts) };
}

function onTerminal({
  out,
  miners,
  now = Date.now,
}: {
  out: Terminal;
  miners: () => number;
  now?: () => number;
}): Progress {
  let read = 0;
  let online = 0;
  let drawnAt = 0;
  const clear = () => {
    out.write("\r\u001b[2K");
  };
  return {
    clear,
    onReading: (reading) => {
      read++;
      if (reading.online) online++;
      if (now() - drawnAt < REDRAW_MS) return;
      drawnAt = now();
      clear();
      out.write(
        `${bar(read / Math.max(1, miners()))} ${read} of ${miners()}, ${online} online`.slice(
          0,
          (out.columns ?? 80) - 1,
        ),
      );
    },
    onSweep: (result, facts) => {
      read = 0;
      online = 0;
      clear();
      out.write(`${new Date(result.startedAt).toLocaleTimeString("en-GB")}  ${sweepLine(result, facts)}\n`);
    },
  };
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, share) * BAR_WIDTH);
  return `[${"#".repeat(full)}${"-".repeat(BAR_WIDTH - full)}]`;
}

/** `60 miners: 58 online, 2 offline (2 refused) in 0.4 s; backlog 0` */
export function sweepLine(result: SweepResult, facts: { stored: boolean; backlog: number }): string {
  const reasons = Object.entries(result.reasons).map(([reason, count]) => `${count} ${reason}`);
  const offline = result.miners - result.online;
  const why = reasons.length > 0 ? ` (${reasons.join(", ")})` : "";
  const end = facts.stored ? `backlog ${facts.backlog}` : "NOT STORED: no room on the disk";
  return `${result.miners} miners: ${result.online} online, ${offline} offline${why} in ${(result.tookMs / 1000).toFixed(1)} s; ${end}`;
}

function logSweep(log: Log, result: SweepResult, facts: { stored: boolean; backlog: number }): void {
  const { miners, online, reasons, workers, retried } = result;
  log.info(
    {
      miners,
      online,
      offline: miners - online,
      reasons,
      workers,
      retried,
      took_ms: Math.round(result.tookMs),
      backlog: facts.backlog,
      stored: facts.stored,
    },
    sweepLine(result, facts),
  );
}
