import { CheckRule, type RuleProblem } from "@banksman/wire/api";
import { useEffect, useState } from "react";
import { call } from "../../api/client.ts";
import type { RuleDraft } from "./rule-draft.ts";

const REST_MS = 300;

/** What the server would say on saving, asked whenever typing rests. A rule without a condition is not asked about yet. */
export function useRuleCheck(draft: RuleDraft): { problems: readonly RuleProblem[] } {
  const [problems, setProblems] = useState<readonly RuleProblem[]>([]);
  const { name, title, rule_id, ...rest } = draft;
  // Names and ids are checked by the form itself, and may be empty while the condition is typed.
  const body = JSON.stringify({ ...rest, name: filled(name), title: filled(title) });
  const isBlank = draft.condition.trim() === "";
  useEffect(() => {
    if (isBlank) return setProblems([]);
    const stop = new AbortController();
    const timer = setTimeout(() => {
      call(CheckRule, { body: JSON.parse(body) }, stop.signal)
        .then((checked) => setProblems(checked.problems))
        // Saving tells what is wrong in any case.
        .catch(() => undefined);
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [body, isBlank]);
  return { problems };
}

const filled = ({ zh, en }: { zh: string; en: string }) => ({ zh: zh || "-", en: en || "-" });
