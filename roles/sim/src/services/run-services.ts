import { writeFile } from "node:fs/promises";
import { CodedError, codeOf, runRole, untilAborted } from "@banksman/kit";
import { stringify } from "yaml";
import { services } from "./index.ts";
import { type RunningService, startService } from "./start-service.ts";

/** The flags of `banksman sim services`, as text. */
export type ServiceFlags = {
  only?: string | undefined;
  host?: string | undefined;
  port?: string | undefined;
  writeConfig?: string | undefined;
};

const usage = (text: string) => new CodedError("USAGE_FLAGS", `banksman sim services: ${text}`, false);
const FIRST_PORT = 18_200;

function optionsOf({ only, host = "127.0.0.1", port = String(FIRST_PORT) }: ServiceFlags) {
  const wanted = only?.split(",").map((name) => name.trim());
  const unknown = wanted?.find((name) => services.every(({ id }) => id !== name));
  if (unknown !== undefined)
    throw usage(`there is no service "${unknown}": ${services.map(({ id }) => id).join(", ")}`);
  const first = Number(port);
  if (!Number.isInteger(first) || first < 0 || first > 65_000) throw usage(`--port ${port} is no port`);
  return { chosen: services.filter(({ id }) => wanted === undefined || wanted.includes(id)), host, first };
}

/** Runs simulated notification services until SIGTERM; resolves to the exit code. */
export function runSimServices(flags: ServiceFlags): Promise<number> {
  return runRole(
    "sim",
    async () => optionsOf(flags),
    async ({ chosen, host, first }, { signal, onStop, log }) => {
      const running: RunningService[] = [];
      onStop("close services", async () => {
        for (const service of running) await service[Symbol.asyncDispose]();
      });
      for (const [place, service] of chosen.entries()) {
        const port = first === 0 ? 0 : first + place;
        const started = await startService(service, { host, port }).catch((error: unknown) => {
          throw codeOf(error) === "EADDRINUSE" ? usage(`${host}:${port} is in use; give another --port`) : error;
        });
        running.push(started);
        log.info({ channel: service.id, url: started.url }, `${service.id} on ${started.url}`);
      }
      if (flags.writeConfig !== undefined) await writeFile(flags.writeConfig, configOf(running));
      await untilAborted(signal);
    },
  );
}

/** The part of a server's configuration that reaches them all. */
const configOf = (running: readonly RunningService[]): string =>
  stringify({
    egress: { allow: ["127.0.0.0/8"] },
    channels: running.map(({ id, channel }) => ({ name: id, ...channel })),
  });
