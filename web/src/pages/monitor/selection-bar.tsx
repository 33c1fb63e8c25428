import type { CommandTarget } from "@banksman/wire/api";
import { MinerHealth } from "@banksman/wire/model";
import { Button, Checkbox } from "antd";
import { useState } from "react";
import { OrderMenu } from "../../components/orders/order-menu.tsx";
import { number } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";
import { isFiltered, type TableState } from "./table-state.ts";

type Props = { siteId: string; state: TableState; total: number; ids: readonly string[]; onClear: () => void };

/** What is chosen in the table, and the orders for it; or for all that the filters fit. */
export function SelectionBar({ siteId, state, total, ids, onClear }: Props) {
  const { t } = useLang();
  const { can } = useSession();
  const [all, setAll] = useState(false);
  if (!can("command.give") || (ids.length === 0 && !isFiltered(state)) || total === 0) return null;
  const isAll = all && isFiltered(state);
  if (ids.length === 0 && !isAll)
    return (
      <div className="bm-selection">
        <Checkbox checked={false} onChange={() => setAll(true)}>
          {t("orders.allMatching", { n: number(total) })}
        </Checkbox>
      </div>
    );
  return (
    <div className="bm-selection" role="status">
      {isAll ? (
        <b>{t("orders.allMatching", { n: number(total) })}</b>
      ) : (
        <b>{t("orders.selected", { count: ids.length })}</b>
      )}
      <span className="bm-grow" />
      <OrderMenu primary target={isAll ? matching(siteId, state) : { site_id: siteId, miner_ids: [...ids] }} />
      <Button
        onClick={() => {
          setAll(false);
          onClear();
        }}
      >
        {t("orders.clear")}
      </Button>
    </div>
  );
}

function matching(siteId: string, { q, model, rack, status, online }: TableState): CommandTarget {
  const reached = MinerHealth.options.filter((one) => (one === "unreachable") === (online === "offline"));
  const shown = (online === "all" ? MinerHealth.options : reached).filter(
    (one) => status.size === 0 || status.has(one),
  );
  return {
    site_id: siteId,
    filter: {
      ...(q ? { q } : {}),
      ...(model ? { model } : {}),
      ...(rack ? { rack } : {}),
      ...(shown.length === MinerHealth.options.length ? {} : { status: shown }),
    },
  };
}
