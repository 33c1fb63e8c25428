import { createHash, randomBytes } from "node:crypto";
import type { Manifest } from "@banksman/wire/link";
import {
  CommandOrder,
  CoolingOrder,
  canonicalJson,
  coolingCommandName,
  isEdgeOrder,
  isListed,
  type MinerHealth,
} from "@banksman/wire/model";
import { z } from "zod";
import type { Verdict } from "../policies/judge.ts";

/** An order to a miner, to a cooling unit, or to an edge. */
export const DeviceOrder = z.union([CommandOrder, CoolingOrder]);
export type DeviceOrder = z.infer<typeof DeviceOrder>;

export const isCoolingOrder = (order: DeviceOrder): order is CoolingOrder => CoolingOrder.safeParse(order).success;
/** The name that an order goes by in commands, interlocks and policies. */
export const nameOfOrder = (order: DeviceOrder): string =>
  isCoolingOrder(order) ? coolingCommandName(order.order) : order.order;

/** One device of a site: a miner or a cooling unit, and with neither the site's edge. */
export type DeviceName = { miner_id: string | null; cooling_host: string | null };
/** One word for it that no other device of its site has, as far as orders of one kind go; null for the edge. */
export const deviceOf = ({ miner_id, cooling_host }: DeviceName): string | null =>
  cooling_host === null ? miner_id : `cooling ${cooling_host}`;
/** Its lane, as the database has it. */
export const laneOf = (device: DeviceName): string =>
  device.miner_id === null ? (deviceOf(device) ?? "edge") : `miner ${device.miner_id}`;

/** A device that an order is meant for. */
export type Aim = DeviceName & { driver: string | null; health: MinerHealth | null };
export type Planned<D extends Aim> = { device: D; verdict: Verdict };

const refuse = (code: string, en: string, zh: string): Verdict => ({ is: "refuse", code, because: { en, zh } });

const SKIPPED = {
  no_such_unit: refuse("no_such_unit", "There is no such cooling unit at this site", "该站点没有这台冷却机组"),
  no_such_miner: refuse("no_such_miner", "There is no such miner at this site", "该站点没有这台矿机"),
  not_offered: refuse("not_offered", "Its firmware has no such order", "其固件不支持该命令"),
  only_listed: refuse(
    "only_listed",
    "Only its container's controller tells of it: no edge reads it itself",
    "仅由所在矿箱的控制器列出，没有采集端直接读取",
  ),
  maintenance: refuse("maintenance", "It is under maintenance", "正在维护"),
  asleep: refuse("already_so", "It is asleep already", "已在休眠"),
  awake: refuse("already_so", "It is awake already", "已在运行"),
} as const;

/** Why a device is left out whatever the interlocks say; null when it isn't. */
function reasonToSkip(order: DeviceOrder, { driver, health }: Aim, drivers: Manifest["drivers"]): Verdict | null {
  if (!isCoolingOrder(order) && isEdgeOrder(order)) return null;
  if (isListed(driver)) return SKIPPED.only_listed;
  if (health === "maintenance") return SKIPPED.maintenance;
  const offers = driver === null ? undefined : drivers[driver];
  if (offers && !offers.orders.includes(order.order)) return SKIPPED.not_offered;
  if (order.order === "mode_set" && order.mode === "sleep" && health === "asleep") return SKIPPED.asleep;
  const isAwake = health === "hashing" || health === "degraded" || health === "starting";
  return order.order === "mode_set" && order.mode === "wake" && isAwake ? SKIPPED.awake : null;
}

/** What would happen to each device: free to go, has to wait, or left out with the reason. */
export function plan<D extends Aim>(
  order: DeviceOrder,
  devices: readonly D[],
  drivers: Manifest["drivers"],
  judge: (device: string | null) => Verdict,
): Planned<D>[] {
  return devices.map((device) => ({
    device,
    verdict: reasonToSkip(order, device, drivers) ?? judge(deviceOf(device)),
  }));
}

export const unknownMiner = SKIPPED.no_such_miner;
export const unknownUnit = SKIPPED.no_such_unit;

/** An order without what nobody but the device may know. */
export function withoutSecrets(order: DeviceOrder): Record<string, unknown> {
  if (order.order !== "pools_set") return { ...order };
  return { ...order, pools: order.pools.map(({ url, worker }) => ({ url, worker })) };
}

export const sha256 = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex");

export const devicesHash = (devices: readonly DeviceName[]): string =>
  sha256(canonicalJson(devices.map((device) => deviceOf(device) ?? "").toSorted()));

/** All that will be done, and nothing else: what an approval is bound to. */
export type Payload = {
  order_id: string;
  site_id: string;
  name: string;
  shown: unknown;
  /** Of the order with its secrets, as sealText has it; keys rotate leaves it as it is. */
  sealed_hash: string;
  devices: number;
  devices_hash: string;
  reason: string;
  ttl_seconds: number;
  rolling: unknown;
};

export const payloadHash = (payload: Payload): string => sha256(canonicalJson(payload));

/** An order as it is sealed, and the hash that binds it; its salt is secret too, so that no password can be guessed by it. */
export function sealText(order: DeviceOrder): { text: string; hash: string } {
  const text = canonicalJson({ order, salt: randomBytes(16).toString("base64url") });
  return { text, hash: sha256(text) };
}

const SealText = z.strictObject({ order: DeviceOrder, salt: z.string() });

/** The order that was sealed; throws when it is another than its hash binds. */
export function fromSealText(text: string, hash: string): DeviceOrder {
  if (sha256(text) !== hash) throw new Error("what was sealed is not the order that was given");
  return SealText.parse(JSON.parse(text)).order;
}

/** The step of each device in a rolling order: the canary is step 0, then batch after batch. */
export function stepOf(index: number, rolling: { canary: number; batch: number } | null): number {
  if (rolling === null) return 0;
  if (index < rolling.canary) return 0;
  return Math.floor((index - rolling.canary) / rolling.batch) + (rolling.canary > 0 ? 1 : 0);
}
