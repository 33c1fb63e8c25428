import {
  ApproveOrder,
  CancelCommand,
  CancelOrder,
  type CommandTarget,
  GetCommand,
  GetLinks,
  GetOrder,
  GiveCommands,
  ListCommands,
  ListOrders,
  PauseOrder,
  type Permission,
  PreviewCommands,
  RejectOrder,
  ResumeOrder,
  type Route,
} from "@banksman/wire/api";
import { ACTIVE_STATES, CommandState, isOver } from "@banksman/wire/model";
import type { Api } from "../http/api.ts";
import { authorise, type Caller, nameOf, reachOf, type Within, withinAt } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import { withoutSecrets } from "./plan.ts";
import type { CommandService } from "./service.ts";

/** `active`, `over` and single states as one list. */
function statesOf(text: string | undefined): CommandState[] | null {
  if (text === undefined || text === "") return null;
  return text.split(",").flatMap((word) => {
    if (word === "active") return [...ACTIVE_STATES];
    if (word === "over") return CommandState.options.filter(isOver);
    const state = CommandState.safeParse(word);
    if (!state.success) throw problem(400, "INVALID_INPUT", `state: there is no state "${word}"`, { path: "state" });
    return [state.data];
  });
}

function keyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === "string" && /^[\x21-\x7e]{8,200}$/.test(header)) return header;
  throw problem(400, "INVALID_HEADER", "Idempotency-Key must be 8 to 200 characters without spaces", {
    path: "Idempotency-Key",
  });
}

/** The miners of the target's site that the caller may order something; the edge is the whole site's. */
function reached(caller: Caller, needs: Permission, target: CommandTarget): Within {
  // An edge and a cooling unit are the whole site's.
  const isWhole = "edge" in target || "cooling" in target;
  authorise(caller, needs, target.site_id, isWhole ? undefined : "miners");
  return withinAt(caller, needs, target.site_id);
}

export function commandRoutes(api: Api, commands: CommandService): void {
  /** An order, or a command, that the caller reaches with what the route needs: any other reads as none. */
  const seen = (caller: Caller, { needs }: Route, orderId: string) => commands.order(orderId, reachOf(caller, needs));
  const seenCommand = (caller: Caller, { needs }: Route, id: string) => commands.command(id, reachOf(caller, needs));

  api.on(GiveCommands, ({ body, caller, request, audit }) => {
    const { target, order, reason, ttl_seconds, rolling } = body;
    const within = reached(caller, GiveCommands.needs, target);
    const after = { target, order: withoutSecrets(order), ttl_seconds, rolling };
    audit.note({ target: `site ${target.site_id}`, after, reason });
    const idempotencyKey = keyOf(request.headers["idempotency-key"]);
    const name = nameOf(caller);
    const giver = { name, authors: [name], isPerson: true, within, idempotencyKey };
    return commands.give({ ...giver, last: (tx) => audit.within(tx) }, body);
  });
  api.on(PreviewCommands, ({ body, caller }) =>
    commands.preview({ name: nameOf(caller), within: reached(caller, PreviewCommands.needs, body.target) }, body),
  );
  api.on(ListCommands, ({ query: { state, ...query }, caller }) =>
    commands.commands({ ...query, reach: reachOf(caller, ListCommands.needs), states: statesOf(state) }),
  );
  api.on(GetCommand, ({ params, caller }) => seenCommand(caller, GetCommand, params.command_id));
  api.on(CancelCommand, async ({ params, caller, audit }) => {
    const command = await seenCommand(caller, CancelCommand, params.command_id);
    audit.note({
      before: { state: command.state, device: command.miner_id ?? command.cooling_host, name: command.name },
    });
    await commands.cancelCommand(command, nameOf(caller));
    return seenCommand(caller, CancelCommand, params.command_id);
  });

  api.on(ListOrders, ({ query, caller }) => commands.orders({ ...query, reach: reachOf(caller, ListOrders.needs) }));
  api.on(GetOrder, ({ params, caller }) => seen(caller, GetOrder, params.order_id));
  api.on(ApproveOrder, async ({ params, body, caller, audit }) => {
    const order = await seen(caller, ApproveOrder, params.order_id);
    audit.note({ before: { given_by: order.given_by, order: order.order, devices: order.devices } });
    return commands.approve(params.order_id, nameOf(caller), body.payload_hash, body.note ?? null);
  });
  api.on(RejectOrder, async ({ params, body, caller, audit }) => {
    const order = await seen(caller, RejectOrder, params.order_id);
    audit.note({ before: { given_by: order.given_by, order: order.order, devices: order.devices } });
    return commands.reject(params.order_id, nameOf(caller), body.note ?? null);
  });
  for (const [route, what] of [
    [CancelOrder, "cancel"],
    [PauseOrder, "pause"],
    [ResumeOrder, "resume"],
  ] as const) {
    api.on(route, async ({ params, caller, audit }) => {
      const order = await seen(caller, route, params.order_id);
      audit.note({ before: { by_state: order.by_state, paused_because: order.paused_because } });
      return commands.decide(what, params.order_id, nameOf(caller));
    });
  }
  api.on(GetLinks, ({ params }) => commands.links(params.site_id));
}
