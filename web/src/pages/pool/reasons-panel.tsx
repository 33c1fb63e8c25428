import type { PoolTotals } from "@banksman/wire/api";
import { Panel } from "../../components/panel.tsx";
import { number } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { poolEn } from "../../i18n/en-pool.ts";

type Reasons = PoolTotals["reject_reasons"];

const isKnownReason = (status: string): status is `${keyof typeof poolEn.pool.reasons & string}` =>
  Object.hasOwn(poolEn.pool.reasons, status);
const isKnownRefusal = (why: string): why is keyof typeof poolEn.pool.refusals =>
  Object.hasOwn(poolEn.pool.refusals, why);

/** Why shares were rejected in the last hour, the greatest first; nothing where there were none. */
export function ReasonsPanel({ reasons }: { reasons: Reasons }) {
  const { t } = useLang();
  const rows = reasons.filter(({ h1 }) => h1 !== "0").toSorted((a, b) => Number(b.h1) - Number(a.h1));
  if (rows.length === 0) return null;
  return (
    <Panel title={t("pool.reasonsTitle")} hint={t("pool.reasonsHint")}>
      <dl className="bm-facts">
        {rows.map(({ status, h1 }) => {
          const key = `s${status}`;
          return (
            <div key={status}>
              <dt>{isKnownReason(key) ? t(`pool.reasons.${key}`) : t("pool.reasonOther", { status })}</dt>
              <dd className="bm-number">{number(Number(h1))}</dd>
            </div>
          );
        })}
      </dl>
    </Panel>
  );
}

/** Messages of the share log that were not counted, by reason; nothing where there were none. */
export function RefusedPanel({ refused }: { refused: PoolTotals["refused"] }) {
  const { t } = useLang();
  const rows = Object.entries(refused)
    .filter(([, count]) => count > 0)
    .toSorted(([, a], [, b]) => b - a);
  if (rows.length === 0) return null;
  return (
    <Panel title={t("pool.refusedTitle")} hint={t("pool.refusedHint")}>
      <dl className="bm-facts">
        {rows.map(([why, count]) => (
          <div key={why}>
            <dt>{isKnownRefusal(why) ? t(`pool.refusals.${why}`) : why}</dt>
            <dd className="bm-number">{number(count)}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
