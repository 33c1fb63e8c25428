import { type Logger, pino } from "pino";

export type Log = Logger;

/** Members that hold secrets anywhere in what is logged; their values never reach a log line. */
const SECRETS = ["api_key", "password", "token", "secret", "authorization", "cookie", "metrics_token"];
const paths = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/** JSON lines on stderr, so that stdout stays free for what a command was asked to print. */
export function createLog(name: string, level = "info"): Log {
  return pino(
    {
      level,
      base: { role: name },
      redact: { paths: [...paths, 'headers["x-collector-key"]', '*.headers["x-collector-key"]'], censor: "[secret]" },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ fd: 2, sync: true }),
  );
}
