import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { ConfigErrors, checkConfig, codeOf, messageOf, overlayEnvironment, readConfigFile } from "@banksman/kit";
import { SERVER_ENVIRONMENT, ServerConfig } from "./config.ts";
import type { Given } from "./settings/effective.ts";

const USUAL_FILES = ["banksman.yaml", "banksman.yml", "banksman.json"];

/** Reads and checks all that is configured, files it names included: what is wrong is said before anything starts. */
export async function loadConfig(path: string | undefined): Promise<ServerConfig> {
  return (await readConfig(path)).config;
}

/** The configuration, and what of it the file and the environment said: the rest may be set on the page. */
export async function readConfig(path: string | undefined): Promise<{ config: ServerConfig; given: Given }> {
  const file = path ?? USUAL_FILES.find((name) => existsSync(name));
  const where = file ?? "the environment";
  const raw =
    file === undefined ? {} : await readConfigFile(file, "Correct --config, or leave it out to run on defaults.");
  const merged = overlayEnvironment(raw, process.env, SERVER_ENVIRONMENT, where);
  const whole = withLists(merged, process.env.EGRESS_ALLOW);
  const config = checkConfig(ServerConfig, whole, where);
  if (config.tls) await checkTls(config.tls, where);
  if (config.database_url === undefined) await checkFolder(config.data_dir, where);
  const variables = Object.entries(SERVER_ENVIRONMENT).filter(([name]) => (process.env[name] ?? "") !== "");
  const environment = Object.fromEntries(variables.map(([name, key]) => [key, name]));
  return { config, given: { raw: whole, environment, file: file ?? null } };
}

/** A variable holds a list as text, separated by commas. */
function withLists(raw: Record<string, unknown>, egressAllow: string | undefined): Record<string, unknown> {
  const lists = ["metrics_allow", "trusted_proxies"].flatMap((key): [string, string[]][] => {
    const text = raw[key];
    return typeof text === "string" ? [[key, partsOf(text)]] : [];
  });
  return {
    ...raw,
    ...Object.fromEntries(lists),
    ...(egressAllow ? { egress: { allow: partsOf(egressAllow) } } : {}),
  };
}

const partsOf = (list: string): string[] =>
  list
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

async function checkTls(tls: NonNullable<ServerConfig["tls"]>, where: string): Promise<void> {
  const read = (key: "cert" | "key") =>
    readFile(tls[key]).catch((error: unknown) => {
      const why = `can't be read (${codeOf(error) ?? messageOf(error)})`;
      throw ConfigErrors.INVALID(where, `"tls.${key}" is "${tls[key]}": ${why}; name a readable PEM file`, {
        cause: error,
      });
    });
  const [cert, key] = [await read("cert"), await read("key")];
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const files = `"tls.cert" is "${tls.cert}" and "tls.key" is "${tls.key}"`;
    const fix = "name a certificate and the key that belongs to it, both PEM";
    throw ConfigErrors.INVALID(where, `${files}: they can't be used (${messageOf(error)}); ${fix}`, { cause: error });
  }
}

/** The embedded database needs a folder; one that isn't there yet is made later. */
async function checkFolder(path: string, where: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return null;
    throw ConfigErrors.INVALID(where, `"data_dir" is "${path}": can't be used (${codeOf(error)}); name a folder`, {
      cause: error,
    });
  });
  if (found?.isDirectory() === false)
    throw ConfigErrors.INVALID(where, `"data_dir" is "${path}": it is not a folder; name a folder or a new path`);
}
