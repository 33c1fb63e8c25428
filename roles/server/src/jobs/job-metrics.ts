import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** Counts and times runs; `begin` gives what to call at the end. */
export function createJobMetrics(metrics: Registry) {
  const registers = [metrics];
  const runs = new Counter({
    name: "banksman_job_runs_total",
    help: "Runs of jobs by how they ended",
    labelNames: ["job", "state"],
    registers,
  });
  const seconds = new Histogram({
    name: "banksman_job_seconds",
    help: "Time that a run took",
    labelNames: ["job"],
    buckets: [0.01, 0.1, 1, 10, 60, 600, 3_600],
    registers,
  });
  const running = new Gauge({ name: "banksman_jobs_running", help: "Runs that this server is at", registers });
  const succeeded = new Gauge({
    name: "banksman_job_last_success_timestamp_seconds",
    help: "When this server last ended a run of the job well",
    labelNames: ["job"],
    registers,
  });
  return {
    begin: (job: string) => {
      running.inc();
      const took = seconds.startTimer({ job });
      return (state: "succeeded" | "failed" | "cancelled"): void => {
        running.dec();
        took();
        runs.inc({ job, state });
        if (state === "succeeded") succeeded.set({ job }, Date.now() / 1_000);
      };
    },
  };
}
