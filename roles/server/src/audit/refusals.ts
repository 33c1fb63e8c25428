import type { Clock, Log } from "@banksman/kit";
import type { Audit, AuditInput } from "./recorder.ts";

const WITHIN_MS = 60_000;
/** Kinds of refusal that are counted at once; beyond it, everything further counts as one kind. */
const MOST_KINDS = 1_000;

type Kind = { input: AuditInput; since: number; further: number };

export type Refusals = ReturnType<typeof createRefusals>;

/**
 * Records who was turned away. The first refusal of a kind is a row at once; more of the same within a minute become one
 * row that counts them, so that nobody without a password can fill the trail. What can't be written at once is counted too.
 */
export function createRefusals({ audit, clock, log }: { audit: Pick<Audit, "record">; clock: Clock; log: Log }) {
  const kinds = new Map<string, Kind>();

  const keyOf = ({ actor, from, action, target, code }: AuditInput): string => {
    const key = [actor.kind, actor.name, from?.address, action, target, code].join(" ");
    return kinds.has(key) || kinds.size < MOST_KINDS ? key : "others";
  };
  /** Counts one that has no row of its own. */
  const count = (key: string, input: AuditInput): void => {
    const kind = kinds.get(key) ?? { input, since: clock.monotonic(), further: 0 };
    kind.further++;
    kinds.set(key, kind);
  };
  /** Writes how many there were; what can't be written is counted on, for the next minute. */
  const tell = async (key: string, kind: Kind): Promise<void> => {
    const times = kind.further;
    kind.further = 0;
    kind.since = clock.monotonic();
    if (times > 0)
      await audit.record({ ...kind.input, times }).catch((error: unknown) => {
        kind.further += times;
        throw error;
      });
    if (kind.further === 0) kinds.delete(key);
  };
  return {
    record: async (input: AuditInput): Promise<void> => {
      const key = keyOf(input);
      if (kinds.has(key)) return count(key, input);
      kinds.set(key, { input, since: clock.monotonic(), further: 0 });
      await audit.record(input).catch((error: unknown) => {
        count(key, input);
        throw error;
      });
    },
    /** Writes the counts whose minute is over, or all of them when the server stops. */
    flush: async (all = false): Promise<void> => {
      const due = [...kinds].filter(([, { since }]) => all || clock.monotonic() - since >= WITHIN_MS);
      for (const [key, kind] of due)
        await tell(key, kind).catch((error: unknown) => log.error({ err: error }, "refusals could not be recorded"));
    },
  };
}
