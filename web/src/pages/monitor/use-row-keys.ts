import { useState } from "react";
import { useKey } from "../../shell/use-shortcuts.ts";

type Identified = { miner_id: string };

/**
 * j and k walk the rows; with a drawer open they show the next row in it. Gives the row that is walked to, whose link
 * takes the focus, so that Enter opens it.
 */
export function useRowKeys(rows: readonly Identified[], onOpen: (id: string) => void, isOpen: boolean): string | null {
  const [active, setActive] = useState<string | null>(null);
  useKey("jk", (key) => {
    const at = rows.findIndex((row) => row.miner_id === active);
    const next = rows[Math.max(0, Math.min(rows.length - 1, at + (key === "j" ? 1 : -1)))];
    if (next === undefined) return;
    setActive(next.miner_id);
    if (isOpen) onOpen(next.miner_id);
    else focusRow(next.miner_id);
  });
  return active;
}

function focusRow(minerId: string): void {
  const link = document.querySelector<HTMLElement>(`[data-row-key="${CSS.escape(minerId)}"] a`);
  link?.focus();
  link?.scrollIntoView({ block: "nearest" });
}
