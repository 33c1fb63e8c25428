import type { Log } from "@banksman/kit";
import type { ServerFrame } from "@banksman/wire/link";
import type { LocalText } from "@banksman/wire/model";
import type { FactsOf } from "../commands/facts.ts";
import type { Head, Holder, Lanes, Sent } from "../commands/lanes.ts";
import { type DeviceOrder, deviceOf, fromSealText, isCoolingOrder } from "../commands/plan.ts";
import type { OrderRow } from "../commands/rows.ts";
import { hashOfRow } from "../commands/service.ts";
import type { HeldUnits } from "../cooling/lessee.ts";
import { createJudge, memorySeconds, type SiteFacts, type Verdict } from "../policies/judge.ts";
import type { PolicyService } from "../policies/service.ts";
import type { Vault } from "../secrets.ts";

/** One edge that is linked to this server. */
export type Link = Holder & {
  siteId: string;
  collectorId: string;
  minerIds: ReadonlySet<string>;
  /** Cooling units that it leased, of whatever site. */
  units: HeldUnits;
  send: (frame: ServerFrame) => void;
};

/** More than an edge can work on wait here, where they can still be cancelled. */
const MOST_IN_FLIGHT = 500;

const VOID: Verdict = {
  is: "refuse",
  code: "approval_void",
  because: { en: "Its approval was given for something else", zh: "批准的内容与该命令不一致" },
};
const LOST: Verdict = {
  is: "refuse",
  code: "sealed",
  because: { en: "The server can't open the order: its secret key changed", zh: "服务器密钥已更换，无法读取该命令" },
};

/** Where no interlock is about what waits, nothing of the site need be read. */
const NO_FACTS: SiteFacts = { nowMs: 0, miners: 0, hashing: 0, newestReadingAtMs: null, loaded: new Set(), past: [] };

type Opened = { row: OrderRow; order: DeviceOrder } | Verdict;
type Parts = {
  lanes: Lanes;
  orders: { order: (orderId: string) => Promise<OrderRow | null> };
  policies: Pick<PolicyService, "interlocks">;
  facts: FactsOf;
  vault: Vault;
  log: Log;
};

/** Whether an edge may have commands of this site at all, and whether it is the one that has this device. */
const reaches = (link: Link, siteNo: number): boolean => link.siteNo === siteNo || link.units.has(siteNo);
const has = (link: Link, siteNo: number, { miner_id, cooling_host }: Head): boolean => {
  if (cooling_host !== null) return (link.units.get(siteNo)?.get(cooling_host) ?? 0) > performance.now();
  return link.siteNo === siteNo && (miner_id === null || link.minerIds.has(miner_id));
};

/**
 * Gives queued commands to the edges that are linked to this server: one in flight a device, in the order given, as far as
 * the interlocks let them. A command is marked as sent before it leaves, so that it can't be given twice.
 */
export function createDispatcher({ lanes, orders, policies, facts, vault, log }: Parts) {
  const links = new Set<Link>();
  const due = new Set<number>();
  let running: Promise<void> | null = null;

  /** An order as it is to be sent, or why it never may be. */
  const open = async (orderId: string): Promise<Opened> => {
    const row = await orders.order(orderId);
    if (!row) return VOID;
    const isApproved = row.approval === "approved" && row.approved_hash === hashOfRow(row);
    if (row.policy !== null && !isApproved) return VOID;
    try {
      return { row, order: fromSealText(vault.open(row.sealed), row.sealed_hash) };
    } catch (error) {
      log.error({ err: error, order_id: orderId }, "an order can't be opened");
      return LOST;
    }
  };

  const giveOut = async (link: Link, siteNo: number): Promise<void> => {
    const names = new Set(await lanes.waiting(siteNo));
    if (names.size === 0) return;
    const interlocks = (await policies.interlocks()).filter(({ orders: of }) => of.some((name) => names.has(name)));
    const seconds = memorySeconds(interlocks);
    const known = interlocks.length === 0 ? NO_FACTS : await facts(siteNo, seconds);
    const orderOf = new Map<string, Opened>();
    const holder = { ...link, siteNo };
    const sent = await lanes.giveOut(holder, async (tx) => {
      // One of another name, given just now, waits for the look that its own notice brings.
      const heads = (await lanes.heads(tx, siteNo)).filter((head) => names.has(head.name) && has(link, siteNo, head));
      if (heads.length === 0) return [];
      const room = MOST_IN_FLIGHT - (await lanes.inFlight(tx, link.ledgerId));
      // What was sent between reading the facts and taking the lock counts too.
      const past = interlocks.length === 0 ? [] : await lanes.past(tx, siteNo, seconds);
      const now: SiteFacts = { ...known, past };
      for (const { order_id } of heads) if (!orderOf.has(order_id)) orderOf.set(order_id, await open(order_id));
      const judged = judgeAll(heads, orderOf, interlocks, now);
      const free = judged.filter(({ verdict }) => verdict.is === "free").slice(0, Math.max(0, room));
      const leaving = free.map(({ head }) => head);
      const sent = leaving.length === 0 ? [] : await lanes.send(tx, holder, leaving);
      // Last, since it may write to the audit chain: who holds that waits for no command any more.
      await lanes.hold(tx, siteNo, judged.flatMap(newlyHeld));
      return sent;
    });
    for (const command of sent ?? []) {
      const opened = orderOf.get(command.order_id);
      if (opened && "order" in opened) link.send(frameOf(command, opened));
    }
  };

  const runAll = async (): Promise<void> => {
    while (due.size > 0) {
      const sites = new Set(due);
      due.clear();
      for (const link of links)
        for (const siteNo of [...sites].filter((one) => reaches(link, one)))
          await giveOut(link, siteNo).catch((error: unknown) =>
            log.warn({ err: error }, "commands could not be given out yet"),
          );
    }
  };
  const run = (): Promise<void> => {
    running ??= runAll().finally(() => {
      running = null;
      if (due.size > 0) void run();
    });
    return running;
  };

  return {
    add: (link: Link): void => {
      links.add(link);
    },
    remove: (link: Link): void => {
      links.delete(link);
    },
    /** Something changed at this site: sees what can leave now. */
    poke: (siteNo: number): void => {
      if (![...links].some((link) => reaches(link, siteNo))) return;
      due.add(siteNo);
      void run();
    },
    /** What time alone brings about, and what a lost notice would have told. */
    step: async (): Promise<void> => {
      for (const siteNo of links.size === 0 ? [] : await lanes.waitingSites()) due.add(siteNo);
      await run();
    },
    /** Sends again what this edge was sent and has not told the end of; it knows what it has seen. */
    resend: async (link: Link): Promise<void> => {
      for (const command of await lanes.open(link.ledgerId)) {
        const opened = command.state === "sent" ? await open(command.order_id) : null;
        if (opened && "order" in opened) link.send(frameOf(command, opened));
        else link.send({ type: "settle", command_id: command.command_id });
      }
    },
    drained: async (): Promise<void> => {
      while (running) await running;
    },
  };
}
export type Dispatcher = ReturnType<typeof createDispatcher>;

function frameOf(command: Sent, { row, order }: Extract<Opened, { row: OrderRow }>): ServerFrame {
  const { command_id, miner_id, cooling_host } = command;
  const expires_in_ms = Math.max(0, command.expires_in_ms);
  if (!isCoolingOrder(order)) return { type: "command", command_id, miner_id, order, expires_in_ms };
  const unit = { site_id: row.site_id, host: cooling_host ?? "" };
  return { type: "cooling_command", command_id, unit, order, expires_in_ms };
}

type Judged = { head: Head; verdict: Verdict };

/** Order after order, each seeing what those before it take up. */
function judgeAll(
  heads: readonly Head[],
  orderOf: ReadonlyMap<string, Opened>,
  interlocks: Parameters<typeof createJudge>[0],
  facts: SiteFacts,
): Judged[] {
  const past = [...facts.past];
  const judged: Judged[] = [];
  for (const orderId of new Set(heads.map(({ order_id }) => order_id))) {
    const opened = orderOf.get(orderId) ?? VOID;
    const asked =
      "order" in opened ? { name: opened.row.name, order: { ...opened.order }, siteId: opened.row.site_id } : null;
    const judge = asked ? createJudge(interlocks, asked, { ...facts, past: [...past] }) : null;
    for (const head of heads.filter(({ order_id }) => order_id === orderId)) {
      const verdict = judge ? judge(deviceOf(head)) : "is" in opened ? opened : VOID;
      judged.push({ head, verdict });
      if (verdict.is === "free")
        past.push({ minerId: deviceOf(head), name: head.name, atMs: facts.nowMs, endedAtMs: null });
    }
  }
  return judged;
}

/** What is to be noted: a command that waits for the same as before is left alone. */
function newlyHeld({
  head,
  verdict,
}: Judged): { head: Head; is: "hold" | "refuse"; code: string; because: LocalText }[] {
  if (verdict.is === "free" || (verdict.is === "hold" && head.code === verdict.code)) return [];
  return [{ head, ...verdict }];
}
