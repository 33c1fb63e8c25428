import { ListRuleFields, type RuleProblem } from "@banksman/wire/api";
import type { TargetKind } from "@banksman/wire/model";
import { type GetRef, Input } from "antd";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { useRoute } from "../../api/query.ts";
import { classNames } from "../../components/class-names.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { accept, type Suggestion, suggest, wordAt } from "./condition-words.ts";

type Props = {
  /** Given by the form around it. */
  id?: string;
  value?: string | null;
  onChange?: (value: string) => void;
  target: TargetKind;
  label: string;
  problems: readonly RuleProblem[];
};

/** A CEL expression with completion of fields and functions, and what is wrong with it under the line. */
export function ConditionField({ id, value, onChange, target, label, problems }: Props) {
  const { t, lang } = useLang();
  const listId = useId();
  const area = useRef<GetRef<typeof Input.TextArea>>(null);
  const [caret, setCaret] = useState<number | null>(null);
  const [chosen, choose] = useState(0);
  const text = value ?? "";
  const all = useSuggestions(target);
  const shown = caret === null ? [] : suggest(all, wordAt(text, caret).word);

  const take = (suggestion: Suggestion | undefined) => {
    if (!suggestion || caret === null) return;
    const next = accept(text, caret, suggestion.insert);
    onChange?.(next.text);
    setCaret(null);
    requestAnimationFrame(() => {
      const field = area.current?.resizableTextArea?.textArea;
      field?.focus();
      field?.setSelectionRange(next.caret, next.caret);
    });
  };
  const press = (event: KeyboardEvent) => {
    if (shown.length === 0) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) choose((chosen + step + shown.length) % shown.length);
    else if (event.key === "Tab" || event.key === "Enter") take(shown[chosen]);
    else if (event.key === "Escape") setCaret(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: another word begins at its first suggestion again
  useEffect(() => choose(0), [text]);
  const replace = ({ from, to, nearest }: RuleProblem) => {
    if (from !== null && to !== null && nearest !== null) onChange?.(text.slice(0, from) + nearest + text.slice(to));
  };
  return (
    <div className="bm-condition">
      <Input.TextArea
        {...(id === undefined ? {} : { id })}
        ref={area}
        className="bm-mono"
        autoSize={{ minRows: 2, maxRows: 10 }}
        spellCheck={false}
        aria-label={label}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-invalid={problems.length > 0}
        {...(shown[chosen] ? { "aria-activedescendant": `${listId}-${shown[chosen].name}` } : {})}
        value={text}
        onChange={({ target: field }) => {
          onChange?.(field.value);
          setCaret(field.selectionStart);
        }}
        onKeyDown={press}
        onBlur={() => setCaret(null)}
      />
      <div
        role="listbox"
        id={listId}
        aria-label={t("rules.completion")}
        className="bm-completion"
        hidden={shown.length === 0}
      >
        {shown.map((suggestion, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus, as comboboxes do
          <div
            key={suggestion.name}
            id={`${listId}-${suggestion.name}`}
            role="option"
            aria-selected={index === chosen}
            className={classNames("bm-completion-option", index === chosen && "bm-completion-on")}
            onMouseDown={(event) => {
              event.preventDefault();
              take(suggestion);
            }}
          >
            <code>{suggestion.name}</code>
            <small className="bm-muted">{suggestion.about}</small>
          </div>
        ))}
      </div>
      <ul className="bm-problems" aria-live="polite">
        {problems.map((problem) => (
          <li key={`${problem.path} ${problem.message.en}`}>
            {problem.message[lang]}
            {problem.nearest !== null && problem.from !== null ? (
              <button type="button" className="bm-text-button bm-link" onClick={() => replace(problem)}>
                {t("rules.useNearest", { word: problem.nearest })}
              </button>
            ) : null}
          </li>
        ))}
      </ul>
    </div>
  );
}

function useSuggestions(target: TargetKind): Suggestion[] {
  const { lang } = useLang();
  const { data } = useRoute(ListRuleFields, {}, { keep: true });
  return useMemo(() => {
    const fields = data?.targets.find((one) => one.target === target)?.fields ?? [];
    return [
      ...fields.map(
        ({ name, unit, about }): Suggestion => ({
          name,
          insert: name,
          about: unit === null ? about[lang] : `${about[lang]}, ${unit}`,
          kind: "field",
        }),
      ),
      ...(data?.functions ?? []).map(
        ({ name, example, about }): Suggestion => ({
          name,
          insert: `${name}(`,
          about: `${about[lang]} ${example}`,
          kind: "function",
        }),
      ),
    ];
  }, [data, target, lang]);
}
