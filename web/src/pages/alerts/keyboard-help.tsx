import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";

/** The keys of the list, in its foot. */
export function KeyboardHelp({ acts }: { acts: boolean }) {
  const { t } = useLang();
  if (usePhone()) return null;
  const keys: [string, string][] = [["J K", t("alerts.keyMove")]];
  if (acts)
    keys.push(
      ["X", t("alerts.keySelect")],
      ["A", t("alerts.acknowledge")],
      ["S", t("alerts.silence")],
      ["N", t("alerts.note")],
    );
  return (
    <span className="bm-key-help">
      {keys.map(([key, word]) => (
        <span key={key}>
          {key.split(" ").map((one) => (
            <kbd key={one}>{one}</kbd>
          ))}{" "}
          {word}
        </span>
      ))}
    </span>
  );
}
