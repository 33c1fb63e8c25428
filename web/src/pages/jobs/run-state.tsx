import type { JobRun } from "@banksman/wire/api";
import { Icon, type IconName } from "../../components/icons.tsx";
import { useLang } from "../../hooks/use-lang.ts";

const GLYPHS: Record<JobRun["state"], IconName> = {
  running: "retry",
  succeeded: "check",
  failed: "warning",
  cancelled: "close",
  lost: "warning",
};

/** How a run stands, by glyph and word. */
export function RunState({ state }: Pick<JobRun, "state">) {
  const { t } = useLang();
  return (
    <span className="bm-with-glyph">
      <Icon name={GLYPHS[state]} size={14} /> {t(`jobs.states.${state}`)}
    </span>
  );
}

/** Seconds that a run took, to now while it runs. */
export const secondsOf = ({ started_at, ended_at }: JobRun, now: number): number =>
  ((ended_at === null ? now : Date.parse(ended_at)) - Date.parse(started_at)) / 1_000;
