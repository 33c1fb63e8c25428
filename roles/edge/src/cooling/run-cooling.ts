import { randomUUID } from "node:crypto";
import { userInfo } from "node:os";
import { join } from "node:path";
import {
  type CoolingFamily,
  type CoolingTarget,
  type CoolingTurn,
  coolingFamilies,
  identifyCooling,
  readCooling,
  runCoolingOrder,
} from "@banksman/devices";
import { type RoleContext, runRole, systemClock } from "@banksman/kit";
import type { CoolingOrder } from "@banksman/wire/model";
import { appendAudit, appendOutcome } from "../orders/audit-file.ts";
import { lockDevice } from "../orders/device-lock.ts";
import { type LoginFlags, loginOf } from "../orders/login.ts";
import { coolingUnitAt, giveThroughServer, type ServerFlags, serverFor } from "../orders/through-server.ts";
import { CoolingUsage } from "./errors.ts";
import { readCoolingProfile } from "./read-profile.ts";
import { describeCoolingOrder, describeRecord, isCoolingDone } from "./report.ts";
import { Turns } from "./turns.ts";
import { deviceOf } from "./units.ts";
import { coolingOrderOf } from "./words.ts";

/** The flags of `banksman cooling`, as text. */
export type CoolingFlags = Pick<LoginFlags, "user" | "passwordFile"> &
  ServerFlags & {
    /** The prefix of a container's topics, on a broker. */
    topic?: string | undefined;
    driver?: string | undefined;
    /** A file that describes a controller which no driver is written for. */
    profile?: string | undefined;
    direct?: boolean | undefined;
    timeout?: string | undefined;
  };

const CONNECT_MS = 3_000;
/** A controller asks its PLC for every call, which takes up to a second and a half; three calls are one look. */
const LOOK_MS = 10_000;
const FOLDER = join("cache", "orders");

type Place = Omit<CoolingTarget, "deadline">;

function placeOf(address: string, flags: CoolingFlags): Place {
  const [, host, port] = /^([\w.-]+)(?::(\d{1,5}))?$/.exec(address) ?? [];
  if (host === undefined || Number(port ?? 1) > 65_535) throw CoolingUsage.ADDRESS(address);
  const credentials = loginOf(flags);
  return {
    host,
    connectTimeoutMs: CONNECT_MS,
    ...(port !== undefined && { port: Number(port) }),
    ...(credentials && { credentials }),
    ...(flags.topic !== undefined && { topic: flags.topic }),
  };
}

async function familyOf({ driver: name, profile }: CoolingFlags): Promise<CoolingFamily | null> {
  if (name !== undefined && profile !== undefined) throw CoolingUsage.PROFILE_AND_DRIVER();
  if (profile !== undefined) return readCoolingProfile(profile);
  if (name === undefined) return null;
  const family = coolingFamilies.find(({ id }) => id === name);
  if (!family) throw CoolingUsage.DRIVER(name, coolingFamilies.map(({ id }) => id).join(", "));
  return family;
}

/** An edge on this machine may be reading the same controller, which takes one request at a time. */
const turns = () => new Turns({ folder: FOLDER, clock: systemClock });
const turnFor = (place: Place) => turns().findingOut({ ...place, address: place.host }, LOOK_MS);
const whose = (place: Place) => identifyCooling(place, LOOK_MS, { turnFor: turnFor(place) });

const toRole = <T>(
  load: () => Promise<T>,
  run: (loaded: T, context: RoleContext) => Promise<number>,
): Promise<number> => runRole("edge", load, run, { logLevel: process.env.LOG_LEVEL ?? "warn" });

/** Runs `banksman cooling test`: says which controller it is and prints its record. Resolves to the exit code. */
export const runCoolingTest = (address: string, flags: CoolingFlags): Promise<number> =>
  toRole(
    async () => ({ place: placeOf(address, flags), family: await familyOf(flags) }),
    async ({ place, family }) => {
      const record = family
        ? await turnFor(place)(family)(() =>
            readCooling(family, { ...place, deadline: performance.now() + LOOK_MS }, "slow"),
          )
        : (await whose(place)).record;
      process.stdout.write(flags.json ? `${JSON.stringify({ host: address, record })}\n` : describeRecord(record));
      return 0;
    },
  );

/** Runs `banksman cooling order`; resolves to the exit code: 0 when it was done and shows, 1 when not or nobody can tell. */
export const runCoolingOrders = (address: string, words: readonly string[], flags: CoolingFlags): Promise<number> =>
  toRole(
    async () => {
      const order = coolingOrderOf(words);
      const server = flags.direct ? null : serverFor(order, flags);
      const place = placeOf(address, flags);
      if (server) return { server };
      if (!flags.direct && !flags.dryRun) throw CoolingUsage.NO_SERVER();
      return { place, family: await familyOf(flags), order };
    },
    async (setUp, { signal }) => {
      if (setUp.server) return giveThroughServer(coolingUnitAt(address), setUp.server, signal);
      const { place, family: named, order } = setUp;
      const family = named ?? (await whose(place)).family;
      const report = await give(family, order, place, flags.dryRun === true);
      process.stdout.write(flags.json ? `${JSON.stringify(report)}\n` : describeCoolingOrder(report));
      return isCoolingDone(report) ? 0 : 1;
    },
  );

/** With the controller held against other orders from this machine, and a line in the audit file before and after. */
async function give(family: CoolingFamily, order: CoolingOrder, place: Place, dryRun: boolean) {
  const device = deviceOf({ ...place, address: place.host }, family);
  const queue = turns();
  const turn: CoolingTurn = (ask) => queue.insist(device, systemClock.monotonic() + LOOK_MS, ask);
  const options = { target: place, timeoutMs: LOOK_MS, dryRun, turn };
  if (dryRun) return runCoolingOrder(family, order, options);
  using _held = lockDevice(FOLDER, device);
  const path = join(FOLDER, "audit.jsonl");
  const about = {
    order_id: randomUUID(),
    actor: process.env.SUDO_USER ?? userInfo().username,
    device,
    order: { ...order },
  };
  await appendAudit(path, { ...about, event: "ordered" });
  const report = await runCoolingOrder(family, order, options);
  const { outcome, verified, reason, driver } = report;
  await appendOutcome(path, { ...about, event: "result", outcome, verified, reason, driver });
  return report;
}
