import { Counter, Gauge, Histogram, type Registry } from "@banksman/kit";
import type { Outcome } from "./outcome.ts";
import type { SweepResult } from "./sweep.ts";

export type EdgeMetrics = {
  sweep: (result: SweepResult, backlog: number, lostReadings: number) => void;
  skipped: (sweeps: number) => void;
  upload: (outcome: Outcome, readings: number) => void;
};

/** Which edge answers, where several run on one machine. */
export type EdgeIdentity = { site_id: string; spool: string };

/** The edge's figures on /metrics; times in seconds. */
export function createEdgeMetrics(registry: Registry, identity: EdgeIdentity): EdgeMetrics {
  const registers = [registry];
  new Gauge({
    name: "banksman_edge_info",
    help: "Which edge this is; always 1",
    labelNames: ["site_id", "spool", "pid"],
    registers,
  }).set({ ...identity, pid: process.pid }, 1);
  const seconds = new Histogram({
    name: "banksman_edge_sweep_seconds",
    help: "Duration of a sweep",
    buckets: [0.5, 1, 2, 5, 10, 20, 30, 60, 120],
    registers,
  });
  const miners = new Gauge({
    name: "banksman_edge_miners",
    help: "Miners of the last sweep by state",
    labelNames: ["state"],
    registers,
  });
  const workers = new Gauge({
    name: "banksman_edge_workers",
    help: "Miners read at once in the last sweep",
    registers,
  });
  const skippedSweeps = new Counter({
    name: "banksman_edge_sweeps_skipped_total",
    help: "Sweeps skipped because one before overran",
    registers,
  });
  const backlogBatches = new Gauge({
    name: "banksman_edge_backlog_batches",
    help: "Batches not yet acknowledged",
    registers,
  });
  const lost = new Gauge({
    name: "banksman_edge_lost_readings",
    help: "Readings that will never arrive, since the spool was made",
    registers,
  });
  const uploads = new Counter({
    name: "banksman_edge_uploads_total",
    help: "Uploads by outcome",
    labelNames: ["outcome"],
    registers,
  });
  const uploaded = new Counter({
    name: "banksman_edge_uploaded_readings_total",
    help: "Readings acknowledged by the server",
    registers,
  });
  return {
    sweep: (result, backlog, lostReadings) => {
      seconds.observe(result.tookMs / 1000);
      workers.set(result.workers);
      miners.reset();
      miners.set({ state: "online" }, result.online);
      for (const [reason, count] of Object.entries(result.reasons)) miners.set({ state: reason }, count);
      backlogBatches.set(backlog);
      lost.set(lostReadings);
    },
    skipped: (sweeps) => skippedSweeps.inc(sweeps),
    upload: (outcome, readings) => {
      uploads.inc({ outcome: outcome.is });
      if (outcome.is === "accepted") uploaded.inc(readings);
    },
  };
}
