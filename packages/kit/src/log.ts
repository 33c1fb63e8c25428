import { type Logger, pino } from "pino";
import { ConfigErrors } from "./config.ts";

export type Log = Logger;

/** Members that hold secrets anywhere in what is logged; their values never reach a log line. */
const SECRETS = ["api_key", "password", "token", "secret", "authorization", "cookie", "metrics_token"];
const paths = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** Takes each line of a log, a JSON object and its newline. */
export type LogSink = { write: (line: string) => void };

/**
 * JSON lines on stderr, so that stdout stays free for what a command was asked to print, or into `sink`. An empty level
 * counts as unset; throws CONFIG_INVALID for one that doesn't exist.
 */
export function createLog(name: string, level = "info", sink: LogSink = pino.destination({ fd: 2, sync: true })): Log {
  if (level !== "" && !LEVELS.includes(level))
    throw ConfigErrors.INVALID("the environment", `LOG_LEVEL is "${level}": must be one of ${LEVELS.join(", ")}`);
  return pino(
    {
      level: level || "info",
      base: { role: name },
      redact: { paths: [...paths, 'headers["x-collector-key"]', '*.headers["x-collector-key"]'], censor: "[secret]" },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    sink,
  );
}
