import { readFile, stat } from "node:fs/promises";
import { type Clock, codeOf, type Log, messageOf } from "@banksman/kit";
import type {
  Alert,
  Automation,
  AutomationPlan,
  BodyOf,
  CreateAutomation,
  ReplyOf,
  TryAutomation,
  UpdateAutomation,
} from "@banksman/wire/api";
import { CommandState, isOver, type JobFigures } from "@banksman/wire/model";
import { z } from "zod";
import type { AlertService } from "../alerts/service.ts";
import type { Audit } from "../audit/recorder.ts";
import type { CommandService } from "../commands/service.ts";
import type { FleetService } from "../fleet/service.ts";
import { HttpProblem, problem } from "../http/problem.ts";
import type { RuleService } from "../rules/service.ts";
import type { Load } from "./decide.ts";
import { type Move, type Outcome, planCurtailment, planFailover, planOnAlert, type Signals, shown } from "./plans.ts";
import { type AutomationRow, type AutomationStore, State, toAutomation } from "./store.ts";
import { words } from "./words.ts";

type Parts = {
  store: AutomationStore;
  alerts: Pick<AlertService, "list" | "addNote">;
  commands: Pick<CommandService, "give" | "order" | "commands">;
  fleet: Pick<FleetService, "devices">;
  rules: Pick<RuleService, "all">;
  sites: { find: (siteId: string) => Promise<{ site_no: number; site_id: string }> };
  audit: Pick<Audit, "record">;
  /** A file of signals, `{"price": 0.12}`, that somebody else writes. */
  signalFile: string | undefined;
  clock: Clock;
  log: Log;
};

const DAY_MS = 86_400_000;
const PER_PAGE = 200;
const MOST_ALERTS = 5_000;
/** After an order that the server refused, the same is tried again so much later. */
const AFTER_PROBLEM_MS = 60_000;
/** A miner that did not sleep or wake when it was told to is not told again for so long. */
const REST_MS = 3_600_000;
/** Longer than from one reading to the next. */
const SETTLED_MS = 600_000;
const Signal = z.record(z.string().min(1).max(64), z.number());

export type AutomationService = ReturnType<typeof automationService>;

/** Orders that follow by themselves: from alerts, from hours and prices, from a pool that is down. */
export const automationService = (parts: Parts) => {
  const { store, alerts, commands, fleet, rules, sites, audit, signalFile, clock, log } = parts;
  let fileSeen = 0;
  const restUntil = new Map<string, number>();
  const actedAt = new Map<string, number>();

  const openAlerts = async (ruleId: string, siteId: string): Promise<Alert[]> => {
    const found: Alert[] = [];
    for (let page = 1; found.length < MOST_ALERTS; page++) {
      const query = {
        state: "open",
        rule_id: ruleId,
        site_id: siteId,
        sort: "newest",
        page,
        per_page: PER_PAGE,
      } as const;
      const { alerts: some, total } = await alerts.list(query, "all");
      found.push(...some);
      if (some.length === 0 || found.length >= total) break;
    }
    return found;
  };

  const loadsOf = async (siteNo: number): Promise<Load[]> => {
    const devices = await fleet.devices({ siteNo, within: "all" }, { filter: {} });
    return devices.map(({ miner_id, power_consumption, hashrate_ghs, health }) => ({
      miner_id,
      watts: power_consumption,
      hashrate_ghs,
      // What doesn't hash can't be put to sleep for its power, and its last watts are not true any more.
      sleeps: health !== "hashing" && health !== "degraded",
    }));
  };

  const signalsNow = async (): Promise<Signals> =>
    new Map((await store.signals()).map(({ name, value, at }) => [name, { value, atMs: at.getTime() }]));

  /** What a plan comes to now. Reads, and orders nothing. */
  const look = async (
    automationId: string,
    { site_no, site_id }: { site_no: number; site_id: string },
    plan: AutomationPlan,
    state: State,
  ): Promise<Outcome> => {
    const nowMs = clock.now();
    const at = { siteId: site_id, nowMs, state };
    switch (plan.kind) {
      case "on_alert": {
        const [open, tries] = await Promise.all([
          openAlerts(plan.rule_id, site_id),
          store.tries(automationId, nowMs - DAY_MS),
        ]);
        return planOnAlert(plan, open, tries, at);
      }
      case "curtailment": {
        const [loads, held, failed, signals] = await Promise.all([
          loadsOf(site_no),
          store.held(automationId),
          store.tries(automationId, nowMs - REST_MS),
          signalsNow(),
        ]);
        const outcome = planCurtailment(plan, loads, held, new Set(failed.keys()), signals, at);
        const problem =
          failed.size === 0 ? null : `${failed.size} miners did not follow, and are told again in an hour`;
        return { ...outcome, problem };
      }
      case "pool_failover": {
        const open = await openAlerts(plan.rule_id, site_id);
        return planFailover(
          plan,
          open.some(({ suppressed }) => suppressed === null),
          at,
        );
      }
    }
  };

  /** Commands of an order, all pages of them. */
  const commandsOf = async (orderId: string) => {
    const found: { miner_id: string | null; state: CommandState }[] = [];
    for (let before: string | undefined; ; ) {
      const page = await commands.commands({ reach: "all", states: null, order_id: orderId, before, limit: 500 });
      found.push(...page.commands);
      before = page.commands.at(-1)?.command_id;
      if (!page.has_more || before === undefined) return found;
    }
  };

  /**
   * The automation with its last step behind it; null while that is under way. Miners that woke are let go, and so are
   * those that would not sleep: they count as awake, and may be asked again after a rest. A failover whose order moved
   * nobody (rejected, not approved in time, failed) is where it was before.
   */
  const settled = async (row: AutomationRow): Promise<AutomationRow | null> => {
    const { last_order_id: orderId, automation_id, state } = row;
    if (orderId === null || state.doing === null) return row;
    const order = await commands.order(orderId, "all").catch((error: unknown) => {
      // Orders are forgotten in time.
      if (error instanceof HttpProblem && error.status === 404) return null;
      throw error;
    });
    if (order && CommandState.options.some((one) => !isOver(one) && (order.by_state[one] ?? 0) > 0)) {
      const problem = order.paused_because === null ? null : `order ${orderId} is paused: ${order.paused_because}`;
      await store.tell(automation_id, words.underWay, problem);
      return null;
    }
    const isInVain = order !== null && (order.by_state.succeeded ?? 0) === 0 && (order.by_state.unknown ?? 0) === 0;
    let after: State = { ...state, doing: null };
    if (state.doing === "sleep" || state.doing === "wake") {
      const done = await commandsOf(orderId);
      const idsOf = (isDone: boolean) =>
        done.flatMap(({ miner_id, state: end }) =>
          (end === "succeeded") === isDone && miner_id !== null ? [miner_id] : [],
        );
      await store.letGo(automation_id, idsOf(state.doing === "wake"));
      await store.failed(automation_id, idsOf(false), clock.now(), orderId);
    } else if (isInVain) after = { ...after, away: state.doing !== "away", failed_at_ms: clock.now() };
    await store.remember(row, after);
    return store.find(automation_id);
  };

  const give = async (row: AutomationRow, move: Move): Promise<void> => {
    const { automation_id, site_id } = row;
    const actor = `automation ${automation_id}`;
    const reason = `${row.name}: ${move.reason}`;
    await commands.give(
      {
        name: actor,
        authors: [actor, ...row.authors],
        isPerson: false,
        within: "all",
        last: async (tx, orderId) => {
          await store.acted(tx, row, move.state, orderId);
          if (move.hold) await store.hold(tx, automation_id, move.hold);
          if (move.tried) await store.tried(tx, automation_id, move.tried, clock.now(), orderId);
          const after = {
            order_id: orderId,
            order: move.order,
            devices: "miner_ids" in move.target ? move.target.miner_ids.length : "filter",
          };
          await audit.record(
            {
              actor: { kind: "automation", name: automation_id },
              action: "commands.give",
              site: site_id,
              target: `site ${site_id}`,
              after,
              reason,
            },
            tx,
          );
        },
      },
      { target: move.target, order: move.order, reason, ttl_seconds: 600, rolling: move.rolling },
    );
  };

  /** Miners that somebody else woke are not held any more. A reading from before the sleep says nothing. */
  const noticeWoken = async ({ automation_id, site_no }: AutomationRow): Promise<void> => {
    const held = await store.heldSince(automation_id, new Date(clock.now() - SETTLED_MS));
    if (held.length === 0) return;
    const awake = new Set((await loadsOf(site_no)).filter(({ sleeps }) => !sleeps).map(({ miner_id }) => miner_id));
    await store.letGo(
      automation_id,
      held.filter((minerId) => awake.has(minerId)),
    );
  };

  const leaveToPeople = async ({ automation_id, name, site_id }: AutomationRow, left: readonly Alert[]) => {
    if (left.length === 0) return;
    const fresh = new Set(
      await store.giveUp(
        automation_id,
        left.map(({ alert_id }) => alert_id),
      ),
    );
    for (const { alert_id } of left.filter((alert) => fresh.has(alert.alert_id))) {
      await alerts.addNote(
        alert_id,
        `automation ${automation_id}`,
        `${name}: tried in vain, left to people. / 多次尝试无效，请人工处理。`,
        "all",
      );
      const actor = { kind: "automation", name: automation_id } as const;
      await audit.record({ actor, action: "alerts.notes.create", site: site_id, target: String(alert_id) });
    }
  };

  const stepOne = async (found: AutomationRow): Promise<void> => {
    const row = await settled(found);
    if (!row) return;
    const { automation_id, plan } = row;
    if (plan.kind === "curtailment") await noticeWoken(row);
    const outcome = await look(automation_id, row, plan, row.state);
    await leaveToPeople(row, outcome.giveUp ?? []);
    if (outcome.state) await store.remember(row, outcome.state);
    const pauseMs = plan.kind === "curtailment" ? plan.step_seconds * 1_000 : 0;
    const isDue = clock.now() - (actedAt.get(automation_id) ?? row.last_acted_at?.getTime() ?? 0) >= pauseMs;
    if (isDue && outcome.moves[0]) {
      await give(row, outcome.moves[0]);
      actedAt.set(automation_id, clock.now());
    }
    await store.tell(automation_id, outcome.status, outcome.problem ?? null);
  };

  /** One that is switched off orders nothing, but sees what became of its last order, and who was woken by hand. */
  const tidy = async (found: AutomationRow): Promise<void> => {
    const row = await settled(found);
    if (row?.plan.kind === "curtailment") await noticeWoken(row);
  };

  const refused = ({ automation_id, site_id }: AutomationRow, { status, body }: HttpProblem): Promise<void> =>
    audit.record({
      actor: { kind: "automation", name: automation_id },
      action: "commands.give",
      site: site_id,
      target: `site ${site_id}`,
      reason: body.detail,
      result: status < 500 ? "refused" : "failed",
      code: body.code ?? String(status),
    });

  const guarded = async (row: AutomationRow): Promise<void> => {
    if ((restUntil.get(row.automation_id) ?? 0) > clock.now()) return;
    try {
      await (row.enabled ? stepOne(row) : tidy(row));
    } catch (error) {
      // One that can't act must not keep the others from acting.
      restUntil.set(row.automation_id, clock.now() + AFTER_PROBLEM_MS);
      log.warn({ err: error }, `automation ${row.automation_id} could not act; it tries again`);
      const problem = messageOf(error).slice(0, 500);
      // Once, however often it tries: what it was refused is told until it is something else.
      if (error instanceof HttpProblem && row.problem !== problem) await refused(row, error);
      await store.tell(row.automation_id, row.status ?? words.idle, problem);
    }
  };

  const readFileSignals = async (): Promise<void> => {
    if (signalFile === undefined) return;
    try {
      const { mtimeMs } = await stat(signalFile);
      if (mtimeMs === fileSeen) return;
      for (const [name, value] of Object.entries(Signal.parse(JSON.parse(await readFile(signalFile, "utf8")))))
        await store.setSignal(name, value, new Date(Math.min(mtimeMs, clock.now())));
      fileSeen = mtimeMs;
    } catch (error) {
      if (codeOf(error) !== "ENOENT") log.warn({ err: error }, `signals can't be read from ${signalFile}`);
    }
  };

  const mustBe = async (automationId: string): Promise<AutomationRow> => {
    const row = await store.find(automationId);
    if (!row)
      throw problem(404, "NO_SUCH_AUTOMATION", `there is no automation ${automationId}`, { path: "automation_id" });
    return row;
  };

  /** A plan that waits for a rule that there is not would wait for ever. */
  const checkRule = async (plan: AutomationPlan): Promise<void> => {
    if (!("rule_id" in plan) || (await rules.all()).some(({ rule_id }) => rule_id === plan.rule_id)) return;
    throw problem(400, "NO_SUCH_RULE", `there is no rule "${plan.rule_id}"`, { path: "plan.rule_id" });
  };

  return {
    list: async (): Promise<Automation[]> => (await store.list()).map(toAutomation),
    find: async (automationId: string): Promise<Automation> => toAutomation(await mustBe(automationId)),
    create: async ({ site_id, ...body }: BodyOf<typeof CreateAutomation>, by: string): Promise<Automation> => {
      const { site_no } = await sites.find(site_id);
      await checkRule(body.plan);
      if (!(await store.add({ ...body, site_no, by })))
        throw problem(409, "AUTOMATION_EXISTS", `there is an automation ${body.automation_id}`, {
          path: "automation_id",
        });
      return toAutomation(await mustBe(body.automation_id));
    },
    change: async (automationId: string, change: BodyOf<typeof UpdateAutomation>, by: string): Promise<Automation> => {
      const { plan } = await mustBe(automationId);
      if (change.plan && change.plan.kind !== plan.kind)
        throw problem(400, "INVALID_INPUT", "plan: make a new automation for another kind of plan", { path: "plan" });
      if (change.plan) await checkRule(change.plan);
      await store.change(automationId, change, by);
      restUntil.delete(automationId);
      return toAutomation(await mustBe(automationId));
    },
    remove: async (automationId: string): Promise<null> => {
      await mustBe(automationId);
      if (!(await store.remove(automationId)))
        throw problem(409, "HOLDS_MINERS", "it holds miners asleep: let it wake them first, or wake them yourself");
      return null;
    },
    dryRun: async ({
      automation_id,
      site_id,
      plan,
    }: BodyOf<typeof TryAutomation>): Promise<ReplyOf<typeof TryAutomation>["data"]> => {
      const known = automation_id === undefined ? null : await store.find(automation_id);
      const site = await sites.find(site_id);
      await checkRule(plan);
      const { status, moves } = await look(automation_id ?? "", site, plan, known?.state ?? State.parse({}));
      const would = moves.map(async (move) => {
        const filter = "filter" in move.target ? move.target.filter : null;
        const devices = filter
          ? (await fleet.devices({ siteNo: site.site_no, within: "all" }, { filter })).length
          : undefined;
        return shown(move, devices ?? ("miner_ids" in move.target ? move.target.miner_ids.length : 0));
      });
      return { status, would: await Promise.all(would) };
    },
    signal: async (name: string, value: number): Promise<{ name: string; value: number; at: string }> => {
      const at = new Date(clock.now());
      await store.setSignal(name, value, at);
      return { name, value, at: at.toISOString() };
    },
    signals: async () => (await store.signals()).map(({ at, ...signal }) => ({ ...signal, at: at.toISOString() })),

    /** One look at everything, on one server of several. */
    step: async (): Promise<void> => {
      await store.alone(async () => {
        await readFileSignals();
        for (const row of await store.list())
          if (row.enabled || row.held > 0 || row.state.doing !== null) await guarded(row);
      });
    },
    upkeep: async (): Promise<JobFigures> => {
      await store.forget(new Date(clock.now() - 30 * DAY_MS));
      return {};
    },
  };
};
