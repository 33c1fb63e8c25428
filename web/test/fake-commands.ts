import * as api from "@banksman/wire/api";
import { type Command, CommandPreview, type GivenOrder } from "@banksman/wire/api";
import type { CommandState, OrderResult } from "@banksman/wire/model";
import type { FakeReply, FakeRequest } from "./fake-routes.ts";
import type { FakeState } from "./fake-state.ts";

const ok = (data: unknown): FakeReply => ({ status: 200, body: { success: true, data } });
const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString();
const uuid = (kind: number, n: number) => `00000000-0000-7000-800${kind}-${String(n).padStart(12, "0")}`;
const both = (en: string, zh: string) => ({ en, zh });

type Change = Partial<GivenOrder>;

function makeOrder(n: number, change: Change = {}): GivenOrder {
  return {
    order_id: uuid(1, n),
    site_id: "1",
    name: "reboot",
    order: { order: "reboot" },
    reason: "hashboards missing after the heat wave",
    given_by: "night.shift",
    authors: ["night.shift"],
    given_at: ago(60 * n),
    devices: 1,
    ttl_seconds: 600,
    rolling: null,
    step: 0,
    steps: 1,
    paused_because: null,
    paused_note: null,
    approval: null,
    payload_hash: String(n).repeat(64).slice(0, 64),
    by_state: { succeeded: 1 },
    ...change,
  };
}

const ORDERS = [
  makeOrder(1, {
    devices: 220,
    rolling: { canary: 1, batch: 50, max_failed_percent: 10 },
    step: 2,
    steps: 6,
    paused_because: "12 of 101 devices failed",
    paused_note: both("12 of 101 devices failed", "101 台设备中有 12 台失败"),
    by_state: { succeeded: 88, failed: 11, unknown: 1, queued: 119, refused: 1 },
  }),
  makeOrder(2, {
    name: "mode_set",
    order: { order: "mode_set", mode: "sleep" },
    devices: 480,
    by_state: { "pending-approval": 480 },
    approval: {
      policy: "many",
      state: "waiting",
      expires_at: ago(-500),
      decided_by: null,
      decided_at: null,
      note: null,
    },
  }),
  makeOrder(3, { order: { order: "locate", on: true }, name: "locate", by_state: { verifying: 1 } }),
];

const STATES: readonly CommandState[] = ["verifying", "queued", "failed", "unknown", "succeeded", "refused"];

const result = (change: Partial<OrderResult>): OrderResult => ({
  outcome: "accepted",
  verified: "not_checked",
  code: null,
  reason: null,
  seen: null,
  driver: "antminer",
  model: "Antminer S21",
  took_ms: 300_000,
  ...change,
});
/** What edges told of commands that are over. */
const ENDS: Partial<Record<CommandState, OrderResult>> = {
  succeeded: result({ verified: "yes", seen: "went away and came back" }),
  failed: result({ verified: "no", seen: "still up for 86,410 s after 300.0 s" }),
  unknown: result({
    outcome: "unknown",
    code: "silent",
    reason: "10.0.4.17 took the request and did not answer in time",
  }),
  refused: result({ outcome: "refused", code: "access_denied", reason: "Access denied to 'restart' command" }),
};

const makeCommand = (n: number, orderId: string): Command => {
  const state = STATES[n % STATES.length] ?? "queued";
  const told = ENDS[state] ?? null;
  const said = told?.reason ?? told?.seen;
  return {
    command_id: uuid(2, n),
    order_id: orderId,
    site_id: "1",
    miner_id: `S21_${String(n).padStart(4, "0")}`,
    cooling_host: null,
    name: "reboot",
    state,
    step: 0,
    given_by: "night.shift",
    given_at: ago(60),
    expires_at: ago(-500),
    sent_at: ago(50),
    ended_at: null,
    changed_at: ago(20),
    note: said ? both(said, said) : null,
    code: told?.code ?? null,
    result: told,
  };
};

const INTERLOCK = {
  name: "reboot-share",
  title: both("At most 10 % of a site reboots at once", "同一站点同时重启的矿机不超过 10 %"),
  orders: ["reboot", "restart_hashing"],
  sites: null,
  enabled: true,
  rule: { kind: "at_once", max_percent: 10, window_seconds: 300 },
};
const POLICY = {
  name: "many",
  title: both("Stopping more than 100 miners needs a second person", "超过 100 台的停机需要第二人批准"),
  orders: ["mode_set"],
  sites: null,
  enabled: true,
  min_devices: 101,
  within_minutes: 10,
};

type Handler = (state: FakeState, params: Record<string, string>, request: FakeRequest) => FakeReply;

const HASHING = both("Cooling does not stop while miners hash", "矿机仍在算力运行时不得停止冷却");

const preview: Handler = (state, _params, { body }) => {
  const { target, order } = api.PreviewCommands.body.parse(body);
  const all = state.rowsOf(target.site_id).length;
  const devices = "miner_ids" in target ? target.miner_ids.length : "edge" in target || "cooling" in target ? 1 : all;
  // As the interlock that ships: cooling doesn't stop while miners hash.
  const isHeld = "cooling" in target && order.order === "stop";
  const held = [{ code: "cooling-while-hashing", because: HASHING, devices: 1, miner_ids: [] }];
  return ok(
    CommandPreview.parse({
      site_id: target.site_id,
      name: order.order,
      devices,
      ordered: isHeld ? 0 : Math.max(1, devices - 2),
      skipped: isHeld
        ? held
        : devices > 2
          ? [{ code: "already_so", because: both("It is asleep already", "已在休眠"), devices: 2, miner_ids: [] }]
          : [],
      waits: devices > 20 ? [{ code: "reboot-share", because: INTERLOCK.title, devices: devices - 20 }] : [],
      approval: devices > 100 ? { policy: POLICY.name, title: POLICY.title, within_minutes: 10 } : null,
      hashrate_ghs: devices * 200_000,
      power_consumption: devices * 3_500,
      by_health: { hashing: devices },
      unlinked_because: null,
    } satisfies CommandPreview),
  );
};

/** The command centre's side of the fake server. */
export const commandHandlers: readonly [api.Route, Handler][] = [
  [
    api.GetLinks,
    () =>
      ok({
        links: [{ collector_id: "edge-1", version: "0.1.0", linked_since: ago(900), seen_at: ago(3), miners: 100 }],
        drivers: { antminer: { title: "Antminer", orders: ["reboot", "locate", "pools_set", "mode_set"] } },
        edge_orders: ["rescan", "set_interval"],
      }),
  ],
  [
    api.ListOrders,
    (_state, _params, { query }) =>
      ok({
        orders: query.get("show") === "approval" ? ORDERS.filter(({ approval }) => approval !== null) : ORDERS,
        has_more: false,
      }),
  ],
  [api.GetOrder, (_state, { order_id }) => ok(ORDERS.find((one) => one.order_id === order_id) ?? ORDERS[0])],
  [
    api.ListCommands,
    (_state, _params, { query }) => {
      const orderId = query.get("order_id") ?? uuid(1, 1);
      return ok({ commands: Array.from({ length: 12 }, (_, n) => makeCommand(n, orderId)), has_more: false });
    },
  ],
  [api.ListInterlocks, () => ok({ interlocks: [INTERLOCK], approval_policies: [POLICY] })],
  [api.SaveInterlock, (_state, _params, { body }) => ok(body)],
  [api.DeleteInterlock, () => ok({})],
  [api.PreviewCommands, preview],
  [api.GiveCommands, () => ({ ...ok({ order: ORDERS[2], commands: [] }), status: 202 })],
];
