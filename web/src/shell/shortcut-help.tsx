import { Modal } from "antd";
import { useLang } from "../hooks/use-lang.ts";
import { SEARCH_KEYS } from "./use-shortcuts.ts";

const shortcuts = [
  [`${SEARCH_KEYS}  /`, "search"],
  ["g o", "goOverview"],
  ["g a", "goAlerts"],
  ["g s", "goSites"],
  ["g m", "goMiners"],
  ["g r", "goRacks"],
  ["g c", "goCollector"],
  ["j  k", "move"],
  ["x", "select"],
  ["a", "acknowledge"],
  ["s", "silence"],
  ["n", "note"],
  ["Enter", "open"],
  ["Esc", "closeWhat"],
  ["[  ]  0", "range"],
  ["1  2  3", "modes"],
  ["1  2  3  4", "videoLayouts"],
  ["n  p", "videoPages"],
  ["f", "videoFull"],
  ["+  -", "videoZoom"],
  ["?", "help"],
] as const;

/** Every shortcut that exists, in one list. */
export function ShortcutHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useLang();
  return (
    <Modal open={open} onCancel={onClose} footer={null} title={t("keys.title")} width={420}>
      <dl className="bm-shortcuts">
        {shortcuts.map(([keys, name]) => (
          <div key={name}>
            <dt>
              {keys.split("  ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{t(`keys.${name}`)}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
