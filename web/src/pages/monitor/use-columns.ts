import { readPreference, writePreference } from "../../hooks/preference.ts";
import { useWall } from "../../hooks/use-media.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { COLUMN_KEYS, type Column, type ColumnKey, columns } from "./columns.tsx";

const isText = (value: string): value is string => value !== "";
/** Columns that can't be left out: without them a row can't be told from another. */
export const FIXED_COLUMNS: readonly ColumnKey[] = ["health", "miner_id"];
const EXTRA_WHEN_WIDE: readonly ColumnKey[] = ["model", "ip_address", "efficiency"];

/** The columns to show: those of the address, else those chosen before on this device, else the standard ones. */
export function useColumns(): {
  shown: readonly Column[];
  keys: readonly ColumnKey[];
  choose: (keys: ColumnKey[]) => void;
} {
  const { params, set } = useUrlState();
  const isWide = useWall();
  const text = params.get("columns") ?? readPreference("columns", isText, "");
  const named = COLUMN_KEYS.filter((key) => text.split(",").includes(key));
  const standard = columns.filter((one) => one.standard || (isWide && EXTRA_WHEN_WIDE.includes(one.key)));
  const keys = named.length > 0 ? named : standard.map((one) => one.key);
  const choose = (next: ColumnKey[]) => {
    const joined = COLUMN_KEYS.filter((key) => FIXED_COLUMNS.includes(key) || next.includes(key)).join(",");
    writePreference("columns", joined);
    set({ columns: joined });
  };
  const shown = columns.filter((one) => FIXED_COLUMNS.includes(one.key) || keys.includes(one.key));
  return { shown, keys, choose };
}
