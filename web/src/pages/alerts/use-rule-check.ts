import { CheckRule } from "@banksman/wire/api";
import { useEffect, useState } from "react";
import { call, type DataOf } from "../../api/client.ts";
import type { RuleDraft } from "./rule-draft.ts";

const REST_MS = 300;
type Checked = DataOf<typeof CheckRule>;

/**
 * What the server would say on saving and how the rule stands now, asked whenever typing rests; null before the first
 * answer, and for a rule without a condition.
 */
export function useRuleCheck(draft: RuleDraft): Checked | null {
  const [checked, setChecked] = useState<Checked | null>(null);
  const { name, title, rule_id: _, ...rest } = draft;
  // Names and ids are checked by the form itself, and may be empty while the condition is typed.
  const body = JSON.stringify({ ...rest, name: filled(name), title: filled(title) });
  const isBlank = draft.condition.trim() === "";
  useEffect(() => {
    if (isBlank) {
      setChecked(null);
      return;
    }
    const stop = new AbortController();
    const timer = setTimeout(() => {
      call(CheckRule, { body: JSON.parse(body) }, stop.signal)
        .then(setChecked)
        // Saving tells what is wrong in any case.
        .catch(() => undefined);
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [body, isBlank]);
  return checked;
}

const filled = ({ zh, en }: { zh: string; en: string }) => ({ zh: zh || "-", en: en || "-" });
