import type { Clock, Log } from "@banksman/kit";
import type { Audit, AuditInput } from "./recorder.ts";

const WITHIN_MS = 60_000;
/** Kinds of refusal that are counted at once; beyond it, everything further counts as one kind. */
const MOST_KINDS = 1_000;

type Kind = { input: AuditInput; since: number; further: number };

export type Refusals = ReturnType<typeof createRefusals>;

/**
 * Records who was turned away. The first refusal of a kind is a row at once; more of the same within a minute become one
 * row that counts them, so that nobody without a password can fill the trail.
 */
export function createRefusals({ audit, clock, log }: { audit: Pick<Audit, "record">; clock: Clock; log: Log }) {
  const kinds = new Map<string, Kind>();

  const keyOf = ({ actor, from, action, target, code }: AuditInput): string => {
    const key = [actor.kind, actor.name, from?.address, action, target, code].join(" ");
    return kinds.has(key) || kinds.size < MOST_KINDS ? key : "others";
  };
  const tell = async (key: string, kind: Kind): Promise<void> => {
    kinds.delete(key);
    if (kind.further > 0) await audit.record({ ...kind.input, times: kind.further });
  };
  return {
    record: async (input: AuditInput): Promise<void> => {
      const key = keyOf(input);
      const kind = kinds.get(key);
      if (kind) {
        kind.further++;
        return;
      }
      kinds.set(key, { input, since: clock.monotonic(), further: 0 });
      await audit.record(input);
    },
    /** Writes the counts whose minute is over, or all of them when the server stops. */
    flush: async (all = false): Promise<void> => {
      const due = [...kinds].filter(([, { since }]) => all || clock.monotonic() - since >= WITHIN_MS);
      for (const [key, kind] of due)
        await tell(key, kind).catch((error: unknown) => log.error({ err: error }, "refusals could not be recorded"));
    },
  };
}
