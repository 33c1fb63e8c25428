import { Counter, Gauge, Histogram, type Registry } from "@banksman/kit";
import type { CoolingRound } from "@banksman/wire/ingest";
import type { Outcome } from "../outcome.ts";
import type { Rounds } from "./rounds.ts";

export type CoolingMetrics = {
  round: (round: CoolingRound) => void;
  late: (failures: number) => void;
  upload: (outcome: Outcome, readings: number) => void;
};

/** The figures of cooling on the edge's /metrics; times in seconds. */
export function createCoolingMetrics(
  registry: Registry,
  { breakers, units, backlog }: { breakers: Rounds["breakers"]; units: () => number; backlog: () => number },
): CoolingMetrics {
  const registers = [registry];
  const seconds = new Histogram({
    name: "banksman_edge_cooling_round_seconds",
    help: "Until the last cooling unit of a round's fast lane had answered or was put off",
    buckets: [0.5, 1, 1.5, 2, 3, 4, 5, 10],
    registers,
  });
  const last = new Gauge({
    name: "banksman_edge_cooling_round_units",
    help: "Cooling units of the last round by what became of them in its fast lane",
    labelNames: ["state"],
    registers,
  });
  const failures = new Counter({
    name: "banksman_edge_cooling_failures_total",
    help: "Units that gave no answer in a round, whatever was tried",
    registers,
  });
  const uploads = new Counter({
    name: "banksman_edge_cooling_uploads_total",
    help: "Uploads of cooling readings by outcome",
    labelNames: ["outcome"],
    registers,
  });
  const uploaded = new Counter({
    name: "banksman_edge_cooling_uploaded_readings_total",
    help: "Cooling readings and failures acknowledged by the server",
    registers,
  });
  new Gauge({
    name: "banksman_edge_cooling_units",
    help: "Cooling units that this edge reads now",
    registers,
    collect() {
      this.set(units());
    },
  });
  new Gauge({
    name: "banksman_edge_cooling_breakers",
    help: "Circuit breakers of those units by state",
    labelNames: ["state"],
    registers,
    collect() {
      for (const [state, count] of Object.entries(breakers())) this.set({ state }, count);
    },
  });
  new Gauge({
    name: "banksman_edge_cooling_backlog_batches",
    help: "Batches of cooling readings not yet acknowledged",
    registers,
    collect() {
      this.set(backlog());
    },
  });
  return {
    round: ({ duration_ms, done, deferred, failed }) => {
      seconds.observe(duration_ms / 1_000);
      last.set({ state: "done" }, done);
      last.set({ state: "deferred" }, deferred);
      last.set({ state: "failed" }, failed);
    },
    late: (count) => failures.inc(count),
    upload: (outcome, readings) => {
      uploads.inc({ outcome: outcome.is });
      if (outcome.is === "accepted") uploaded.inc(readings);
    },
  };
}
