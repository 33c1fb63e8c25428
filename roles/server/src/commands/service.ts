import type { Clock } from "@banksman/kit";
import { uuid7Maker } from "@banksman/kit/uuid7";
import {
  type BodyOf,
  COMMAND_MAX_DEVICES,
  type Command,
  type CommandPreview,
  type CommandTarget,
  type GetLinks,
  type GiveCommands,
  type GivenOrder,
  type PreviewCommands,
  type ReplyOf,
} from "@banksman/wire/api";
import type { Manifest } from "@banksman/wire/link";
import { canonicalJson, isEdgeOrder, type JobFigures, type LocalText } from "@banksman/wire/model";
import type { Device, FleetService } from "../fleet/service.ts";
import type { Reach, Within } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import { createJudge, FREE, memorySeconds } from "../policies/judge.ts";
import { approvalOf, type PolicyService } from "../policies/service.ts";
import type { Vault } from "../secrets.ts";
import type { OrderDecisions } from "./decisions.ts";
import type { FactsOf } from "./facts.ts";
import {
  type DeviceName,
  devicesHash,
  isCoolingOrder,
  laneOf,
  nameOfOrder,
  type Payload,
  type Planned,
  payloadHash,
  plan,
  sealText,
  sha256,
  stepOf,
  unknownMiner,
  unknownUnit,
  withoutSecrets,
} from "./plan.ts";
import { type OrderRow, toOrder } from "./rows.ts";
import type { CommandFilter, CommandStore, NewCommand, OrderFilter, Tx } from "./store.ts";

type Site = { site_no: number; site_id: string };
type Given = BodyOf<typeof GiveCommands>;
type Asked = Pick<BodyOf<typeof PreviewCommands>, "target" | "order">;
type Aimed = Omit<Device, "miner_id" | "health"> & DeviceName & { health: Device["health"] | null };
/** A cooling unit with the driver that reads it. */
export type OrderedUnit = { host: string; driver: string | null };
type GivenCommand = ReplyOf<typeof GiveCommands>["data"]["commands"][number];
type Links = {
  ofSite: (siteNo: number) => Promise<ReplyOf<typeof GetLinks>["data"]>;
};

type Parts = {
  store: CommandStore;
  decisions: OrderDecisions;
  policies: Pick<PolicyService, "holding">;
  fleet: Pick<FleetService, "devices">;
  /** Cooling units of a site by these hosts, and the orders that the drivers of linked edges know. */
  units: (siteNo: number, hosts: readonly string[]) => Promise<OrderedUnit[]>;
  coolingDrivers: (siteNo: number, hosts: readonly string[]) => Promise<Manifest["drivers"]>;
  facts: FactsOf;
  sites: { find: (siteId: string) => Promise<Site> };
  links: Links;
  vault: Vault;
  clock: Clock;
};

/** Who gives an order, and how it is kept from being given twice. */
export type Giver = {
  name: string;
  /** Whose order it is, so that none of them approves it. */
  authors: readonly string[];
  /** Whether an order in parts counts as one; each step of an automation is an order of its own. */
  isPerson: boolean;
  /** Where they may order something at that site. */
  within: Within;
  idempotencyKey?: string | undefined;
  /** The last thing in the order's transaction. */
  last?: (tx: Tx, orderId: string) => Promise<void>;
};

const DAY_MS = 86_400_000;
const KEPT_DAYS = 400;
const IDS_SHOWN = 20;

const EDGE: Aimed = {
  miner_id: null,
  cooling_host: null,
  driver: null,
  health: null,
  hashrate_ghs: null,
  power_consumption: null,
};

const UNLINKED: LocalText = {
  en: "No edge of this site is connected; the order waits for one until its time is over",
  zh: "该站点没有在线的采集器；命令会等待，直到其有效期结束",
};

export type CommandService = ReturnType<typeof commandService>;

/** Orders to devices: who gets which, what keeps it back, who must approve, and what became of it. */
export const commandService = (parts: Parts) => {
  const { store, decisions, policies, fleet, sites, links, vault, clock } = parts;
  const newId = uuid7Maker(clock.now);

  /** The devices meant, and for those that there are none of, why. */
  const aimAt = async (
    site: Site,
    within: Within,
    target: CommandTarget,
  ): Promise<{ devices: Aimed[]; unknown: Planned<Aimed>[] }> => {
    if ("edge" in target) return { devices: [EDGE], unknown: [] };
    if ("cooling" in target) return aimAtUnits(site, [...new Set(target.cooling)]);
    const miners = await fleet.devices(
      { siteNo: site.site_no, within },
      "filter" in target
        ? { filter: target.filter, most: COMMAND_MAX_DEVICES + 1 }
        : { miner_ids: [...new Set(target.miner_ids)] },
    );
    if (miners.length > COMMAND_MAX_DEVICES) throw tooMany();
    const devices = miners.map((miner) => ({ ...miner, cooling_host: null }));
    if ("filter" in target) return { devices, unknown: [] };
    const found = new Set(devices.map(({ miner_id }) => miner_id));
    const unknown = [...new Set(target.miner_ids)].filter((id) => !found.has(id));
    return { devices, unknown: unknown.map((miner_id) => ({ device: { ...EDGE, miner_id }, verdict: unknownMiner })) };
  };
  const aimAtUnits = async (site: Site, hosts: readonly string[]) => {
    const found = new Map((await parts.units(site.site_no, hosts)).map((unit) => [unit.host, unit]));
    const unitOf = (host: string): Aimed => ({ ...EDGE, cooling_host: host, driver: found.get(host)?.driver ?? null });
    return {
      devices: hosts.filter((host) => found.has(host)).map(unitOf),
      unknown: hosts.filter((host) => !found.has(host)).map((host) => ({ device: unitOf(host), verdict: unknownUnit })),
    };
  };

  const planFor = async (site: Site, within: Within, { target, order }: Asked) => {
    const isForUnits = isCoolingOrder(order);
    if ("cooling" in target !== isForUnits || "edge" in target !== (!isForUnits && isEdgeOrder(order)))
      throw problem(400, "INVALID_INPUT", `${order.order} is no order for such a target`, { path: "target" });
    const asked = { name: nameOfOrder(order), order: { ...order }, siteId: site.site_id };
    const [{ devices, unknown }, { interlocks, approvals }, linked] = await Promise.all([
      aimAt(site, within, target),
      policies.holding(asked),
      links.ofSite(site.site_no),
    ]);
    const drivers = "cooling" in target ? await parts.coolingDrivers(site.site_no, target.cooling) : linked.drivers;
    // Most orders have no interlock: then nothing of the site's past need be read.
    const facts = interlocks.length === 0 ? null : await parts.facts(site.site_no, memorySeconds(interlocks));
    const judge = facts === null ? () => FREE : createJudge(interlocks, asked, facts);
    const planned: Planned<Aimed>[] = [...plan(order, devices, drivers, judge), ...unknown];
    const going = planned.filter(({ verdict }) => verdict.is !== "refuse");
    const isLinked = "cooling" in target ? Object.keys(drivers).length > 0 : linked.links.length > 0;
    return { name: asked.name, planned, going, approvals, isLinked };
  };

  const mustBe = async (orderId: string, reach: Reach = "all"): Promise<OrderRow> => {
    const order = await store.order(orderId, reach);
    if (!order) throw problem(404, "NO_SUCH_ORDER", `there is no order ${orderId}`, { path: "order_id" });
    return order;
  };
  const replyTo = (row: OrderRow, commands: readonly GivenCommand[]): ReplyOf<typeof GiveCommands>["data"] => ({
    order: toOrder(row),
    commands: commands.map(({ command_id, miner_id, cooling_host, state, code, note }) => ({
      command_id,
      miner_id,
      cooling_host,
      state,
      code,
      note,
    })),
  });
  const reply = async (row: OrderRow) => replyTo(row, await store.ofOrder(row.order_id));

  /** The order that was given under this key before; throws 409 when it was another one. */
  const earlier = async (giver: Giver, body: Given): Promise<OrderRow | null> => {
    if (giver.idempotencyKey === undefined) return null;
    const row = await store.byKey(giver.name, giver.idempotencyKey);
    if (!row) return null;
    if (row.request_hash === requestHash(row.order_id, body)) return row;
    throw problem(409, "KEY_USED", "this Idempotency-Key was used for another order; take a new one");
  };

  return {
    /**
     * Gives an order to devices: by a person's hand or an automation's, this is the one way. Each device gets a command,
     * also those that are left out, in the state `refused`. Rejects with 400, 404 or 409.
     */
    give: async (giver: Giver, body: Given): Promise<ReplyOf<typeof GiveCommands>["data"]> => {
      const before = await earlier(giver, body);
      if (before) return reply(before);
      const site = await sites.find(body.target.site_id);
      const { name, planned, going, approvals } = await planFor(site, giver.within, body);
      if (planned.length === 0)
        throw problem(422, "NO_DEVICES", "no device fits; nothing was ordered", { path: "target" });
      const { order, reason, ttl_seconds, rolling } = body;
      let index = 0;
      const commands = planned.map(({ device, verdict }): NewCommand => {
        const isOut = verdict.is === "refuse";
        return {
          commandId: newId(),
          miner_id: device.miner_id,
          cooling_host: device.cooling_host,
          step: isOut ? 0 : stepOf(index++, rolling),
          code: isOut ? verdict.code : null,
          note: isOut ? verdict.because : null,
        };
      });
      const sealed = sealText(order);
      const payload: Payload = {
        order_id: newId(),
        site_id: site.site_id,
        name,
        shown: withoutSecrets(order),
        sealed_hash: sealed.hash,
        devices: commands.length,
        devices_hash: devicesHash(commands),
        reason,
        ttl_seconds,
        rolling,
      };
      const added = await store.add(
        {
          ...payload,
          sealed: vault.seal(sealed.text),
          site_no: site.site_no,
          given_by: giver.name,
          authors: [...giver.authors],
          idempotency_key: giver.idempotencyKey ?? null,
          request_hash: requestHash(payload.order_id, body),
          steps: Math.max(0, ...commands.map(({ step }) => step)) + 1,
          payload_hash: payloadHash(payload),
          commands,
        },
        {
          approvalOf: (others) => approvalOf(approvals, going.length, giver.isPerson ? others : async () => 0),
          given: async (tx) => giver.last?.(tx, payload.order_id),
        },
      );
      if (added) return replyTo(added.row, added.commands);
      const row = await earlier(giver, body);
      if (!row) throw problem(409, "KEY_USED", "this Idempotency-Key is just being used; ask again");
      return reply(row);
    },

    preview: async ({ name, within }: Pick<Giver, "name" | "within">, asked: Asked): Promise<CommandPreview> => {
      const site = await sites.find(asked.target.site_id);
      const { name: orderName, planned, going, approvals, isLinked } = await planFor(site, within, asked);
      const lately = { givenBy: name, siteNo: site.site_no, lanes: going.map(({ device }) => laneOf(device)) };
      const approval = await approvalOf(approvals, going.length, (names) => store.orderedLately(lately, names));
      const grouped = (is: "hold" | "refuse") => {
        const groups = new Map<string, { code: string; because: LocalText; miner_ids: string[] }>();
        for (const { device, verdict } of planned) {
          if (verdict.is === "free" || verdict.is !== is) continue;
          const key = `${verdict.code} ${verdict.because.en}`;
          const group = groups.get(key) ?? { code: verdict.code, because: verdict.because, miner_ids: [] };
          group.miner_ids.push(device.miner_id ?? device.cooling_host ?? "");
          groups.set(key, group);
        }
        return [...groups.values()];
      };
      const sum = (figure: (device: Aimed) => number | null) => {
        const known = going.map(({ device }) => figure(device)).filter((value) => value !== null);
        return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
      };
      const by_health: CommandPreview["by_health"] = {};
      for (const { device } of going) if (device.health) by_health[device.health] = (by_health[device.health] ?? 0) + 1;
      return {
        site_id: site.site_id,
        name: orderName,
        devices: planned.length,
        ordered: going.length,
        skipped: grouped("refuse").map(({ miner_ids, ...group }) => ({
          ...group,
          devices: miner_ids.length,
          miner_ids: miner_ids.slice(0, IDS_SHOWN),
        })),
        waits: grouped("hold").map(({ miner_ids, ...group }) => ({ ...group, devices: miner_ids.length })),
        approval: approval
          ? { policy: approval.name, title: approval.title, within_minutes: approval.within_minutes }
          : null,
        hashrate_ghs: sum((device) => (device.health === "unreachable" ? null : device.hashrate_ghs)),
        power_consumption: sum((device) => (device.health === "unreachable" ? null : device.power_consumption)),
        by_health,
        unlinked_because: isLinked ? null : UNLINKED,
      };
    },

    commands: async (filter: CommandFilter) => {
      const rows = await store.commands({ ...filter, limit: filter.limit + 1 });
      return { commands: rows.slice(0, filter.limit), has_more: rows.length > filter.limit };
    },
    orders: async (filter: OrderFilter) => {
      const rows = await store.orders({ ...filter, limit: filter.limit + 1 });
      return { orders: rows.slice(0, filter.limit), has_more: rows.length > filter.limit };
    },
    /** Throws 404, also for what lies beyond the reach. */
    command: async (commandId: string, reach: Reach): Promise<Command> => {
      const command = await store.command(commandId, reach);
      if (!command) throw problem(404, "NO_SUCH_COMMAND", `there is no command ${commandId}`, { path: "command_id" });
      return command;
    },
    order: async (orderId: string, reach: Reach): Promise<GivenOrder> => toOrder(await mustBe(orderId, reach)),

    /** Throws 409 when the order isn't what the approver saw, when it is their own, or when it was decided already. */
    approve: async (orderId: string, by: string, seenHash: string, note: string | null): Promise<GivenOrder> => {
      const order = await mustBe(orderId);
      if (order.authors.includes(by))
        throw problem(409, "OWN_ORDER", "you gave this order: somebody else must approve it");
      const commands = await store.ofOrder(orderId);
      const now = payloadHash({
        ...payloadParts(order),
        devices: commands.length,
        devices_hash: devicesHash(commands),
      });
      if (seenHash !== now || now !== order.payload_hash)
        throw problem(409, "ANOTHER_PAYLOAD", "this is not the order that was looked at; look at it again", {
          path: "payload_hash",
        });
      if (!(await decisions.approve({ orderId, siteNo: order.site_no, by, note }, now))) throw tooLate();
      return toOrder(await mustBe(orderId));
    },
    reject: async (orderId: string, by: string, note: string | null): Promise<GivenOrder> => {
      const order = await mustBe(orderId);
      if (!(await decisions.reject({ orderId, siteNo: order.site_no, by, note }))) throw tooLate();
      return toOrder(await mustBe(orderId));
    },
    decide: async (what: "cancel" | "pause" | "resume", orderId: string, by: string): Promise<GivenOrder> => {
      const order = await mustBe(orderId);
      const done = await decisions[what]({ orderId, siteNo: order.site_no, by, note: null });
      if (done === false || done === 0)
        throw problem(
          409,
          "NOTHING_LEFT",
          what === "cancel" ? "nothing of it waits any more" : `it can't be ${what}d now`,
        );
      return toOrder(await mustBe(orderId));
    },
    cancelCommand: async (command: Command, by: string): Promise<void> => {
      const order = await mustBe(command.order_id);
      const decided = { orderId: order.order_id, siteNo: order.site_no, by, note: null };
      if (!(await decisions.cancelOne(command.command_id, decided)))
        throw problem(409, "HAS_LEFT", `it can't be cancelled any more: it is ${command.state}`);
    },

    links: async (siteId: string) => links.ofSite((await sites.find(siteId)).site_no),

    upkeep: (): Promise<JobFigures> =>
      store.forget(new Date(clock.now() - DAY_MS), new Date(clock.now() - KEPT_DAYS * DAY_MS)),
  };
};

const payloadParts = ({ order_id, site_id, name, shown, sealed_hash, reason, ttl_seconds, rolling }: OrderRow) => ({
  order_id,
  site_id,
  name,
  shown,
  sealed_hash,
  reason,
  ttl_seconds,
  rolling,
});

/** The hash that an order's row must carry for its approval to hold. */
export const hashOfRow = (row: OrderRow): string =>
  payloadHash({ ...payloadParts(row), devices: row.devices, devices_hash: row.devices_hash });

/** Tells two requests under one key apart; salted, since an order may hold a password. */
const requestHash = (orderId: string, body: Given): string => sha256(orderId + canonicalJson(body));

const tooMany = () =>
  problem(
    422,
    "TOO_MANY_DEVICES",
    `more than ${COMMAND_MAX_DEVICES} devices fit, and an order takes no more: narrow the filter, rack by rack or model by model`,
    { path: "target.filter" },
  );

const tooLate = () => problem(409, "DECIDED", "this order waits for no approval any more: look at it again");
