import type { Fault } from "@banksman/replay";
import { ORDER_FAULTS, type OrderFault } from "./control.ts";
import { createNoise } from "./noise.ts";

/** What can be made to go wrong: the wire's faults, a miner that isn't what the site's list says, and orders. */
export const FAULT_KINDS = [
  "refuse",
  "hang",
  "reset",
  "drip",
  "malformed",
  "truncate",
  "not_a_miner",
  "wrong_model",
  ...ORDER_FAULTS,
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];
export type FaultShare = { kind: FaultKind; share: number };

/** Reads `hang=0.05` or `hang=5%`. Returns the mistake as text. */
export function parseFault(text: string): FaultShare | string {
  const [kindText = "", shareText = ""] = text.split("=");
  const kind = FAULT_KINDS.find((known) => known === kindText.replaceAll("-", "_"));
  if (!kind) return `"${kindText}" is no fault; use one of ${FAULT_KINDS.join(", ")}`;
  const share = shareText.endsWith("%") ? Number(shareText.slice(0, -1)) / 100 : Number(shareText);
  if (shareText === "" || !(share >= 0 && share <= 1))
    return `"${text}" needs a share from 0 to 1, such as ${kind}=0.05 or ${kind}=5%`;
  return { kind, share };
}

/**
 * Which of `count` devices have which fault, by index. Exactly the asked share of each kind, the same devices for the
 * same seed, none with two.
 */
export function planFaults<Kind>(
  faults: readonly { kind: Kind; share: number }[],
  count: number,
  seed: number,
): Map<number, Kind> {
  const shuffled = Array.from({ length: count }, (_, index) => ({
    index,
    rank: createNoise(seed, index).fixed("fault"),
  }));
  shuffled.sort((a, b) => a.rank - b.rank);
  const plan = new Map<number, Kind>();
  let next = 0;
  for (const { kind, share } of faults) {
    for (let left = Math.round(share * count); left > 0; left--) {
      const chosen = shuffled[next++];
      if (!chosen) return plan;
      plan.set(chosen.index, kind);
    }
  }
  return plan;
}

/** The fault that only shows when something is ordered. */
export const orderFault = (kind: FaultKind | undefined): OrderFault | undefined =>
  ORDER_FAULTS.find((fault) => fault === kind);

/** The fault on the wire; `wrong_model` is none, the answers themselves are wrong. */
export function wireFault(kind: FaultKind | undefined): Fault {
  switch (kind) {
    case undefined:
    case "wrong_model":
    case "order_hang":
    case "order_busy":
    case "order_ignored":
    case "order_error":
    case "order_denied":
    case "order_stale_token":
      return { kind: "none" };
    case "drip":
      return { kind, chunkBytes: 256, everyMs: 50 };
    case "refuse":
    case "hang":
    case "reset":
    case "malformed":
    case "truncate":
    case "not_a_miner":
      return { kind };
  }
}
