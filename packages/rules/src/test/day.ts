import assert from "node:assert/strict";
import { createEngine, type Sample } from "../engine.ts";
import { pack } from "../pack/index.ts";

type Drill = { miners: number; hours: number; everyS: number; seed: number };
/** One thing that goes wrong with one miner from one sweep up to another. */
type Planted = { miner: number; from: number; to: number; what: "offline" | "hot" | "fan" };

const RULE_OF = { offline: "miner-offline", hot: "miner-overheated", fan: "miner-fan" } as const;
const FOR_S = { "miner-offline": 180, "miner-overheated": 60, "miner-fan": 120 } as const;

function noise(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Faults that begin and end within the day, at most one at a time and miner. */
function plant({ miners, hours, everyS }: Drill, random: () => number): Planted[] {
  const sweeps = Math.floor((hours * 3_600) / everyS);
  const kinds = ["offline", "hot", "fan"] as const;
  return Array.from({ length: miners }, (_, miner) => {
    const from = 2 + Math.floor(random() * (sweeps - 30));
    const to = from + 1 + Math.floor(random() * 20);
    return { miner, from, to, what: kinds[Math.floor(random() * kinds.length)] ?? "hot" };
  }).filter(() => random() < 0.3);
}

function sampleOf(miner: number, sweep: number, everyS: number, wrong: Planted["what"] | undefined): Sample {
  const id = `m-${miner}`;
  const online = wrong !== "offline";
  const figures = online
    ? {
        status: "hashing",
        health: "hashing",
        hashrate_ghs: 100_000 + ((miner * 31 + sweep * 7) % 500),
        expected_hashrate_ghs: 100_000,
        temperature_max: wrong === "hot" ? 97 : 70 + ((miner + sweep) % 10),
        fans: 4,
        fans_stopped: wrong === "fan" ? 1 : 0,
        fan_max: 5_000,
        uptime_seconds: 100_000 + sweep * everyS,
        worker_name: `w.${miner}`,
      }
    : { health: "unreachable", expected_hashrate_ghs: 100_000, offline_reason: "timed_out" };
  return {
    target: { kind: "miner", site_id: "s", id, rack: `r${miner % 60}` },
    at: sweep * everyS * 1_000 + (miner % 3_000),
    figures: { miner_id: id, online, ...figures },
  };
}

/** What must come of a planted fault: the rule, when it fires and when it is over, in ms; null when it does not last. */
function expected({ miner, from, to, what }: Planted, everyS: number): string | null {
  const at = (sweep: number) => sweep * everyS * 1_000 + (miner % 3_000);
  const rule = RULE_OF[what];
  const fired = at(from) + FOR_S[rule] * 1_000;
  return fired < at(to) ? `${rule} m-${miner} ${at(from)} ${fired} ${at(to)}` : null;
}

/**
 * A day of a site with the rules that ship: readings of a sweep in any order, some a sweep late, some twice. Every
 * planted fault must be told with its times, and nothing else of those rules.
 */
export function dayDrill(drill: Drill): { samples: number; alerts: number; evaluations: number } {
  const random = noise(drill.seed);
  const planted = plant(drill, random);
  const byMiner = new Map(planted.map((one) => [one.miner, one]));
  const rules = pack.filter(({ fields }) => ["miner", "site", "rack", "fleet"].includes(fields.target));
  const engine = createEngine(rules.map(({ rule_id, fields }) => ({ rule_id, ...fields })));
  const sweeps = Math.floor((drill.hours * 3_600) / drill.everyS);
  const episodes = new Map<string, string>();
  let late: Sample[] = [];
  let samples = 0;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const now: Sample[] = late;
    late = [];
    for (let miner = 0; miner < drill.miners; miner++) {
      const fault = byMiner.get(miner);
      const wrong = fault && sweep >= fault.from && sweep < fault.to ? fault.what : undefined;
      const sample = sampleOf(miner, sweep, drill.everyS, wrong);
      const chance = random();
      (chance < 0.02 ? late : now).push(sample);
      if (chance > 0.99) now.push(sample);
    }
    samples += now.length;
    engine.take(now);
    engine.advance((sweep + 1) * drill.everyS * 1_000 - 20_000);
    for (const { rule, target, before, after } of engine.changes()) {
      const key = (since: number) => `${rule.rule_id} ${target.id} ${since}`;
      if (before) episodes.delete(key(before.since));
      if (after?.firedAt != null)
        episodes.set(key(after.since), `${key(after.since)} ${after.firedAt} ${after.resolvedAt}`);
    }
  }
  const watched: string[] = Object.values(RULE_OF);
  const found = [...episodes.values()].filter((told) => watched.includes(told.split(" ")[0] ?? ""));
  const wanted = planted.flatMap((one) => expected(one, drill.everyS) ?? []);
  assert.deepEqual(found.toSorted(), wanted.toSorted());
  return { samples, alerts: wanted.length, evaluations: engine.figures().evaluations };
}
