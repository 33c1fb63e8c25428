import { Tooltip } from "antd";
import { MISSING } from "../format/format.ts";
import { browserZone, duration, fullTime } from "../format/time.ts";
import { useLang } from "../hooks/use-lang.ts";
import { useNow } from "../hooks/use-now.ts";
import { classNames } from "./class-names.ts";
import { Icon } from "./icons.tsx";

/** Intervals after which an age is late, and after which it is loud. */
export const LATE_AFTER = 2;
const LOUD_AFTER = 10;

type Props = {
  /** UTC time of what is aged; null for never. */
  at: string | null | undefined;
  /** Seconds between two readings, by which lateness is judged. */
  interval?: number | null | undefined;
  zone?: string;
  /** No tooltip: for tables, where a row's page tells the absolute time. */
  plain?: boolean;
  /** As part of a sentence: `7 min ago`; alone under a heading of ages it is `7 min`. */
  ago?: boolean;
};

/** How old something is, ticking; late ages are coloured, very late ones also bold with a clock. */
export function Age({ at, interval, zone = browserZone(), plain = false, ago = false }: Props) {
  const { t, lang } = useLang();
  const now = useNow();
  if (!at) return <span className="bm-muted">{MISSING}</span>;
  const time = Date.parse(at);
  const seconds = (now - time) / 1_000;
  const intervals = interval ? seconds / interval : 0;
  const loud = intervals > LOUD_AFTER;
  const age = (
    <span className={classNames("bm-age", intervals > LATE_AFTER && "bm-age-late", loud && "bm-age-loud")}>
      {loud ? <Icon name="clock" size={12} /> : null}
      {ago ? t("common.ago", { age: duration(seconds, lang) }) : duration(seconds, lang)}
    </span>
  );
  return plain ? age : <Tooltip title={fullTime(time, zone)}>{age}</Tooltip>;
}
