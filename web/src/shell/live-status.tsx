import { LATE_AFTER } from "../components/age.tsx";
import { classNames } from "../components/class-names.ts";
import { duration } from "../format/time.ts";
import { useLang } from "../hooks/use-lang.ts";
import { useNow } from "../hooks/use-now.ts";
import { useLive } from "./live-context.tsx";
import { useNewest } from "./use-lateness.ts";

/** Whether updates come in by themselves, and how old the newest data is. */
export function LiveStatus({ short }: { short: boolean }) {
  const { t, lang } = useLang();
  const { state } = useLive();
  const newest = useNewest();
  const now = useNow();
  const seconds = newest.at === null ? null : (now - Date.parse(newest.at)) / 1_000;
  const late = seconds !== null && seconds > LATE_AFTER * newest.interval;
  const age = seconds === null ? null : duration(seconds, lang);
  // A connection that stands says nothing of an edge that went silent.
  const word = state === "idle" ? null : t(late && state === "live" ? "top.late" : `top.${state}`);
  const text = age === null ? t("top.noData") : t("top.dataAge", { age });
  return (
    <span className={classNames("bm-live", late && "bm-age-late")} data-live={state}>
      <i className={classNames("bm-live-dot", (late || state === "lost") && "bm-live-dot-late")} />
      {short ? (age ?? text) : [word, text].filter(Boolean).join(" · ")}
    </span>
  );
}
