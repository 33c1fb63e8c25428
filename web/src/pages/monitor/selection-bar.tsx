import { MinerHealth } from "@banksman/wire/model";
import { Button, Checkbox } from "antd";
import { useState } from "react";
import { OrderMenu } from "../../components/orders/order-menu.tsx";
import { number } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";
import { AssignButton } from "../customers/assign-drawer.tsx";
import { isFiltered, type TableState } from "./table-state.ts";

type Props = { siteId: string; state: TableState; total: number; ids: readonly string[]; onClear: () => void };

/** What is chosen in the table, and what can be done with it: orders, or a customer. Or with all that the filters fit. */
export function SelectionBar({ siteId, state, total, ids, onClear }: Props) {
  const { t } = useLang();
  const { can, canEverywhere } = useSession();
  const [all, setAll] = useState(false);
  const isOfUse = can("command.give") || canEverywhere("customer.manage");
  if (!isOfUse || (ids.length === 0 && !isFiltered(state)) || total === 0) return null;
  const isAll = all && isFiltered(state);
  if (ids.length === 0 && !isAll)
    return (
      <div className="bm-selection">
        <Checkbox checked={false} onChange={() => setAll(true)}>
          {t("orders.allMatching", { n: number(total) })}
        </Checkbox>
      </div>
    );
  const target = isAll ? matching(siteId, state) : { site_id: siteId, miner_ids: [...ids] };
  return (
    <div className="bm-selection" role="status">
      {isAll ? (
        <b>{t("orders.allMatching", { n: number(total) })}</b>
      ) : (
        <b>{t("orders.selected", { count: ids.length })}</b>
      )}
      <span className="bm-grow" />
      <AssignButton miners={target} count={isAll ? total : ids.length} />
      <OrderMenu primary target={target} />
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

function matching(siteId: string, { q, model, rack, status, online }: TableState) {
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
