import type { Automation } from "@banksman/wire/api";
import * as api from "@banksman/wire/api";
import type { FakeReply, FakeRequest } from "./fake-routes.ts";
import type { FakeState } from "./fake-state.ts";

const ok = (data: unknown): FakeReply => ({ status: 200, body: { success: true, data } });
const idle = { en: "No alert of its rule is open", zh: "其规则没有未恢复的告警" };

export const REBOOT: Automation = {
  automation_id: "reboot-dark",
  name: "Reboot the dark",
  site_id: "1",
  enabled: true,
  plan: {
    kind: "on_alert",
    rule_id: "miner-hot",
    order: { order: "reboot" },
    most_per_day: 2,
    backoff_minutes: [15, 60],
    stop_after: 3,
  },
  status: idle,
  held: 0,
  last_order_id: null,
  last_acted_at: null,
  problem: null,
};

function change(state: FakeState, params: Record<string, string>, { body }: FakeRequest): FakeReply {
  const { name, plan, enabled } = api.UpdateAutomation.body.parse(body);
  state.automations = state.automations.map((one) =>
    one.automation_id === params.automation_id
      ? { ...one, name: name ?? one.name, plan: plan ?? one.plan, enabled: enabled ?? one.enabled }
      : one,
  );
  return ok(state.automations.find(({ automation_id }) => automation_id === params.automation_id));
}

type Handler = (state: FakeState, params: Record<string, string>, request: FakeRequest) => FakeReply;

export const automationHandlers: [api.Route, Handler][] = [
  [api.ListAutomations, (state) => ok({ automations: state.automations })],
  [
    api.CreateAutomation,
    (state, _, { body }) => {
      const made = { ...REBOOT, ...api.CreateAutomation.body.parse(body) };
      state.automations = [...state.automations, made];
      return ok(made);
    },
  ],
  [api.UpdateAutomation, change],
  [
    api.DeleteAutomation,
    (state, { automation_id }) => {
      state.automations = state.automations.filter((one) => one.automation_id !== automation_id);
      return ok(null);
    },
  ],
  [
    api.TryAutomation,
    () =>
      ok({
        status: { en: "Goes from 0.20 down to 0.10 MW", zh: "功率从 0.20 MW 降至 0.10 MW" },
        would: [{ order: "mode_set sleep", reason: "x", devices: 2, miner_ids: ["S21_0001", "S21_0002"] }],
      }),
  ],
];
