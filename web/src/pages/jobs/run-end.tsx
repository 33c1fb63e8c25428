import type { JobRun } from "@banksman/wire/api";
import { JOB_END_WORDS, JOB_FIGURE_WORDS, type JobFigure } from "@banksman/wire/model";
import type { Lang } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";

const isFigure = (name: string): name is JobFigure => Object.hasOwn(JOB_FIGURE_WORDS, name);
/** One of a newer server keeps its own name. */
const figureName = (name: string, lang: Lang): string => (isFigure(name) ? JOB_FIGURE_WORDS[name][lang] : name);

/** What a run did, or why it ended early: in the reader's language, with what was said of it beneath as it came. */
export function RunEnd({ run: { code, reason, result } }: { run: Pick<JobRun, "code" | "reason" | "result"> }) {
  const { lang } = useLang();
  if (code === null && reason === null)
    return Object.entries(result ?? {})
      .map(([name, value]) => `${figureName(name, lang)} ${JSON.stringify(value)}`)
      .join(", ");
  return (
    <>
      {code === null ? null : JOB_END_WORDS[code][lang]}
      {reason === null ? null : <small className="bm-job-said">“{reason}”</small>}
    </>
  );
}
