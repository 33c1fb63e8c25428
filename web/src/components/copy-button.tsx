import { Button } from "antd";
import { useEffect, useState } from "react";
import { useLang } from "../hooks/use-lang.ts";
import { Icon } from "./icons.tsx";

/** Copies text, also on plain-http pages, where the clipboard interface is missing. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

type Props = { text: string; label: string; type?: "default" | "primary"; iconOnly?: boolean };

/** Copies its text and says so for two seconds. */
export function CopyButton({ text, label, type = "default", iconOnly = false }: Props) {
  const { t } = useLang();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    await copyText(text);
    setCopied(true);
  };
  const words = copied ? t("common.copied") : label;
  return (
    <Button
      type={iconOnly ? "text" : type}
      size={iconOnly ? "small" : "middle"}
      icon={<Icon name={copied ? "check" : "copy"} />}
      onClick={() => void copy()}
      aria-label={words}
    >
      {iconOnly ? null : words}
    </Button>
  );
}
