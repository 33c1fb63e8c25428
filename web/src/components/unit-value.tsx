import { Tooltip } from "antd";
import type { ClipboardEvent } from "react";
import { type Figure, MISSING } from "../format/format.ts";
import { useLang } from "../hooks/use-lang.ts";

type Props = {
  figure: Figure;
  /** The figure in full precision, which copying gives. */
  exact?: number | null | undefined;
  /** Why there is no figure; by default, that the device gives none. */
  missingReason?: string;
};

/** A figure with its unit set smaller. Copying it gives full precision; a dash says why it is one. */
export function UnitValue({ figure, exact, missingReason }: Props) {
  const { t } = useLang();
  const copyExact = (event: ClipboardEvent) => {
    if (exact === null || exact === undefined) return;
    event.clipboardData.setData("text/plain", String(exact));
    event.preventDefault();
  };
  const value = (
    <span className="bm-value" onCopy={copyExact}>
      <span className="bm-number">{figure.text}</span> <span className="bm-unit">{figure.unit}</span>
    </span>
  );
  if (figure.text !== MISSING) return value;
  return <Tooltip title={missingReason ?? t("figure.notGiven")}>{value}</Tooltip>;
}
