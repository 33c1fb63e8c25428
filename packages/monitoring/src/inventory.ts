import { checkConfig, readConfigFile } from "@banksman/kit";
import { z } from "zod";

const Name = z.string().regex(/^[a-z0-9][a-z0-9_-]*$/i, "letters, digits, - and _, such as mexc");
const Host = z.string().regex(/^[a-z0-9.:[\]-]+$/i, "a host name or address, without port or path");
const Port = z.int().min(1).max(65_535);

const LOOPBACK = /^(127\.|localhost$|::1$)/;
export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/** Where an entry runs. One with a host of its own and no machine is named after its host. */
const place = { machine: Name.optional(), host: Host.default("127.0.0.1"), port: Port };
const named = <Entry extends { machine?: string | undefined; host: string }>(entry: Entry) => ({
  ...entry,
  machine: entry.machine ?? (isLoopback(entry.host) ? "local" : entry.host),
});

/** One market collector: `name` is its label `collector`, `machine` where it runs, `config` the file it is started with. */
const Collector = z.strictObject({ name: Name, config: z.string().min(1).optional(), ...place }).transform(named);
export type Collector = z.infer<typeof Collector>;

const ROLES = ["server", "edge", "pool-stats", "pool-watch", "sim"] as const;
/** Any other role that has /metrics. */
const RoleTarget = z
  .strictObject({ role: z.enum(ROLES), ...place, scheme: z.enum(["http", "https"]).default("http") })
  .transform(named);
export type RoleTarget = z.infer<typeof RoleTarget>;

/** What runs where: the one file that scrape targets, start-all and the status table are made from. */
export const Inventory = z
  .strictObject({
    environment: Name.default("production"),
    /** What a Prometheus in a container calls the machine it runs on; targets on loopback are scraped by this name. */
    local_host: Host.default("127.0.0.1"),
    /** File with the bearer token of every guarded /metrics, as Prometheus finds it. */
    metrics_token_file: z.string().min(1).optional(),
    collectors: z.array(Collector).default([]),
    roles: z.array(RoleTarget).default([]),
  })
  .superRefine(({ collectors, roles }, context) => {
    const seen = new Map<string, string>();
    const all = [
      ...collectors.map((one, index) => ({ ...one, path: ["collectors", index, "port"] })),
      ...roles.map((one, index) => ({ ...one, path: ["roles", index, "port"] })),
    ];
    for (const { host, port, path } of all) {
      const address = `${host}:${port}`;
      const taken = seen.get(address);
      if (taken !== undefined)
        context.addIssue({
          code: "custom",
          path,
          message: `${address} is also ${taken}; each needs a port of its own`,
        });
      seen.set(address, path.slice(0, 2).join("."));
    }
    const started = new Set<string>();
    for (const [index, { name, config, ...where }] of collectors.entries()) {
      if (config === undefined || !isLocal(where)) continue;
      if (started.has(name))
        context.addIssue({
          code: "custom",
          path: ["collectors", index, "name"],
          message: `${name} is already started on this machine, and its log and pid are named after it`,
        });
      started.add(name);
    }
  });
export type Inventory = z.infer<typeof Inventory>;

/** Reads an inventory; throws CONFIG_NOT_FOUND, CONFIG_SYNTAX or CONFIG_INVALID with the key and the fix. */
export async function readInventory(path: string): Promise<Inventory> {
  const raw = await readConfigFile(path, "Copy config/fleet.yml, or name yours with --inventory.");
  return checkConfig(Inventory, raw ?? {}, path);
}

/** Whether this entry runs on the machine that reads the inventory. */
export const isLocal = ({ machine, host }: { machine: string; host: string }): boolean =>
  machine === "local" || isLoopback(host);
