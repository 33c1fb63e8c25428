import type { MinerDetail } from "@banksman/wire/api";
import { Drawer } from "antd";
import { CopyButton } from "../../components/copy-button.tsx";
import { StateMessage } from "../../components/state-message.tsx";
import { bytes } from "../../format/format.ts";
import { fullTime } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { tokens } from "../../theme/tokens.ts";

type Props = { open: boolean; onClose: () => void; miner: MinerDetail; zone: string };

/** The device's last answers, command by command, byte for byte as they came. */
export function RawDrawer({ open, onClose, miner, zone }: Props) {
  const { t } = useLang();
  const answers = Object.entries(miner.raw ?? {});
  return (
    <Drawer
      open={open}
      onClose={onClose}
      size={tokens.size.drawerWide}
      title={t("miner.raw")}
      closable={{ "aria-label": t("common.close") }}
    >
      {answers.length === 0 ? (
        <StateMessage icon="collector" title={t("miner.raw")} detail={t("miner.rawNone")} />
      ) : (
        <div className="bm-stack">
          <p className="bm-muted">{t("miner.rawHint", { age: fullTime(Date.parse(miner.collected_at), zone) })}</p>
          {answers.map(([command, answer]) => (
            <section key={command} className="bm-raw">
              <header>
                <b className="bm-mono">{command}</b>
                <span className="bm-muted">{bytes(new TextEncoder().encode(answer).length)}</span>
                <span className="bm-grow" />
                <CopyButton text={answer} label={t("common.copy")} iconOnly />
              </header>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling block must be reachable by keyboard */}
              <pre tabIndex={0}>{pretty(answer)}</pre>
            </section>
          ))}
        </div>
      )}
    </Drawer>
  );
}

/** JSON indented for reading; what isn't JSON stays as it came. */
function pretty(answer: string): string {
  try {
    return JSON.stringify(JSON.parse(answer), null, 2);
  } catch {
    return answer;
  }
}
