import type { PoolTotals } from "@banksman/wire/api";
import { LateBanner } from "../../components/late-banner.tsx";
import { number } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";

/** Messages that wait for longer than a few seconds at any rate a pool has. */
const MUCH_LAG = 1_000_000;

/** The one thing that makes the figures less than they are, if any. */
export function PoolNotices({ pool }: { pool: Pick<PoolTotals, "caught_up" | "lag"> }) {
  const { t } = useLang();
  if (pool.lag === null) return <LateBanner headline={t("pool.lateBrokers")} detail={t("pool.lateBrokersDetail")} />;
  if (!pool.caught_up) return <LateBanner headline={t("pool.lateReading")} detail={t("pool.lateReadingDetail")} />;
  if (pool.lag > MUCH_LAG)
    return <LateBanner headline={t("pool.lateLag")} detail={t("pool.lateLagDetail", { messages: number(pool.lag) })} />;
  return null;
}
