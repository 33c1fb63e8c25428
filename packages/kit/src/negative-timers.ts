let isHushed = false;

/**
 * Keeps Node from warning of timers that are due in the past. The Kafka client sets one with each connection; Node runs
 * it at once, as is right, and says so on stderr in words that help nobody who runs the program.
 */
export function hushNegativeTimers(): void {
  if (isHushed) return;
  isHushed = true;
  const warn = process.emitWarning;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (rest[0] !== "TimeoutNegativeWarning") Reflect.apply(warn, process, [warning, ...rest]);
  };
}
