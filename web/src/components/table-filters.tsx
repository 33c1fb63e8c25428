import { Input, Select } from "antd";
import { useEffect, useState } from "react";
import { Icon } from "./icons.tsx";

const TYPING_PAUSE_MS = 250;

type TextProps = {
  label: string;
  value: string | null;
  onChange: (value: string) => void;
  size?: "small";
  className?: string;
};

/** A filter that is typed. Asks the server when typing pauses, not at each letter; cleared elsewhere, it is empty here. */
export function TextFilter({ label, value, onChange, ...look }: TextProps) {
  const set = value ?? "";
  const [text, setText] = useState(set);
  useEffect(() => setText(set), [set]);
  useEffect(() => {
    if (text === set) return;
    const timer = setTimeout(() => onChange(text), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, set, onChange]);
  return (
    <Input
      className="bm-table-search"
      prefix={<Icon name="search" size={14} />}
      {...look}
      allowClear
      value={text}
      placeholder={label}
      aria-label={label}
      onChange={({ target }) => setText(target.value)}
      onPressEnter={() => onChange(text)}
    />
  );
}

type ChoiceProps = {
  label: string;
  value: string | null;
  options: { value: string; label: string }[];
  onChange: (value: string | null) => void;
  /** Whether typing narrows a long list. */
  isLong?: boolean;
};

/** A filter that is one of a list, or none of it. */
export function ChoiceFilter({ label, value, options, onChange, isLong = false }: ChoiceProps) {
  return (
    <Select
      size="small"
      allowClear
      showSearch={isLong ? { optionFilterProp: "label" } : false}
      popupMatchSelectWidth={false}
      aria-label={label}
      placeholder={label}
      value={value}
      options={options}
      onChange={(chosen: string | null | undefined) => onChange(chosen ?? null)}
    />
  );
}
