import type { ApprovalPolicy, Interlock } from "@banksman/wire/api";
import { problem } from "../http/problem.ts";
import { type Asked, holdsFor } from "./judge.ts";
import { mustHoldForSomething } from "./known-orders.ts";
import type { PolicyStore } from "./store.ts";

export type PolicyService = ReturnType<typeof policyService>;

/**
 * Of the policies in their order the first that so many devices are enough for. `others` counts devices besides them that
 * the same giver ordered one of these things lately without a second person: an order in parts is one order.
 */
export async function approvalOf(
  policies: readonly ApprovalPolicy[],
  devices: number,
  others: (orders: readonly string[]) => Promise<number>,
): Promise<ApprovalPolicy | null> {
  if (devices === 0) return null;
  for (const policy of policies) {
    if (devices >= policy.min_devices || devices + (await others(policy.orders)) >= policy.min_devices) return policy;
  }
  return null;
}

/** What keeps commands from doing harm, and what needs a second person. */
export const policyService = (store: PolicyStore) => ({
  list: async () => {
    const { interlocks, approvals } = await store.all();
    return { interlocks, approval_policies: approvals };
  },
  interlocks: store.interlocks,

  /** What holds for an order; of policies that ask for a second person the one that gives the least time comes first. */
  holding: async (asked: Asked): Promise<{ interlocks: Interlock[]; approvals: ApprovalPolicy[] }> => {
    const { interlocks, approvals } = await store.all();
    return {
      interlocks: interlocks.filter((interlock) => holdsFor(interlock, asked)),
      approvals: approvals
        .filter((policy) => holdsFor(policy, asked))
        .toSorted((a, b) => a.within_minutes - b.within_minutes),
    };
  },

  saveInterlock: async (interlock: Interlock): Promise<unknown> => {
    mustHoldForSomething(interlock);
    return store.save("interlocks", interlock);
  },
  saveApproval: async (policy: ApprovalPolicy): Promise<unknown> => {
    mustHoldForSomething(policy);
    return store.save("approval_policies", policy);
  },
  removeInterlock: async (name: string): Promise<unknown> => {
    const before = await store.remove("interlocks", name);
    if (before === null) throw problem(404, "NO_SUCH_INTERLOCK", `there is no interlock "${name}"`, { path: "name" });
    return before;
  },
  removeApproval: async (name: string): Promise<unknown> => {
    const before = await store.remove("approval_policies", name);
    if (before === null)
      throw problem(404, "NO_SUCH_POLICY", `there is no approval policy "${name}"`, { path: "name" });
    return before;
  },
});
