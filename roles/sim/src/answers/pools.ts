import type { MinerState } from "../miner-state.ts";
import { type Identity, POOLS } from "./identity.ts";
import type { Row } from "./template.ts";

/** The captured pool rows with this miner's user, pools and shares; the first one is active. */
export function poolRows(templates: readonly Row[], state: MinerState, who: Identity): Row[] {
  return templates.map((template, index) => {
    const set = state.settings.pools?.[index];
    const active = index === 0;
    const accepted = active ? state.accepted : 0;
    const rejected = active ? state.rejected : 0;
    const changes: Row = {
      URL: set ? set.url : (POOLS[index] ?? POOLS[0]),
      User: set ? set.user : who.worker,
      Status: set?.url === "" ? "Dead" : "Alive",
      "Stratum Active": active && !state.starting && !state.asleep,
      "Stratum URL": active ? hostOf(set?.url ?? POOLS[0]) : "",
      Accepted: accepted,
      Rejected: rejected,
      Stale: active ? state.stale : 0,
      "Difficulty Accepted": accepted * state.difficulty,
      "Difficulty Rejected": rejected * state.difficulty,
      "Difficulty Stale": active ? state.stale * state.difficulty : 0,
      "Last Share Difficulty": active ? state.difficulty : 0,
      "Pool Rejected%": percent(rejected, accepted),
    };
    // A firmware that doesn't tell a member doesn't start to because it is simulated.
    return { ...template, ...Object.fromEntries(Object.entries(changes).filter(([key]) => key in template)) };
  });
}

export const percent = (part: number, whole: number): number =>
  whole === 0 ? 0 : Math.round((part / whole) * 1e6) / 1e4;

const hostOf = (url: string): string => url.replace(/^\w[\w+]*:\/\//, "").replace(/:\d+$/, "");
