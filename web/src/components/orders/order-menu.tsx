import { type CommandTarget, GetLinks } from "@banksman/wire/api";
import { type CommandOrder, EDGE_ORDERS } from "@banksman/wire/model";
import { Button, Dropdown, Tooltip } from "antd";
import { useState } from "react";
import { useRoute } from "../../api/query.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useLive } from "../../shell/live-context.tsx";
import { useSession } from "../../shell/session.tsx";
import { Icon } from "../icons.tsx";
import { OrderPreview } from "./order-preview.tsx";
import { orderWords } from "./order-words.ts";

/** What can be ordered by a button; what needs figures asks for them in the preview. */
const OFFERED: readonly CommandOrder[] = [
  { order: "reboot" },
  { order: "restart_hashing" },
  { order: "locate", on: true },
  { order: "locate", on: false },
  { order: "mode_set", mode: "sleep" },
  { order: "mode_set", mode: "wake" },
  { order: "mode_set", mode: "low" },
  { order: "mode_set", mode: "normal" },
  { order: "mode_set", mode: "high" },
  { order: "pools_set", pools: [{ url: "", worker: "" }] },
  { order: "power_target", watts: 3_000 },
];
const EDGE_OFFERED: readonly CommandOrder[] = [{ order: "rescan" }, { order: "set_interval", seconds: 30 }];

type Props = {
  target: CommandTarget;
  /** The driver of a single miner: only its orders are offered. */
  driver?: string | null;
  /** Offers the orders to the site's edge too. */
  edge?: boolean;
  label?: string;
  primary?: boolean;
};

/** The button that orders devices something: what their drivers know, each behind a preview. */
export function OrderMenu({ target, driver, edge = false, label, primary = false }: Props) {
  const { t } = useLang();
  const { can, canAtContainers } = useSession();
  const { state } = useLive();
  const [chosen, choose] = useState<CommandOrder | null>(null);
  const allowed = can("command.give");
  // A site's edges, and what their drivers know, are not a customer's to see: the preview says what a device can't do.
  const asks = allowed && canAtContainers("command.read");
  const links = useRoute(GetLinks, { params: { site_id: target.site_id } }, { enabled: asks });
  if (!allowed) return null;
  const { drivers = {}, edge_orders: edgeOrders = [] } = links.data ?? {};
  const own = driver ? drivers[driver]?.orders : undefined;
  const known = new Set(own ?? Object.values(drivers).flatMap(({ orders }) => orders));
  const offered = known.size === 0 ? OFFERED : OFFERED.filter(({ order }) => known.has(order));
  const all = [...offered, ...(edge ? EDGE_OFFERED.filter(({ order }) => edgeOrders.includes(order)) : [])];
  const isLost = state === "lost";
  return (
    <>
      <Tooltip title={isLost ? t("orders.offline") : undefined}>
        <Dropdown
          trigger={["click"]}
          // The selection's bar stands at the window's foot.
          placement={primary ? "topRight" : "bottomRight"}
          // An entry must not move under the pointer when the drivers become known.
          disabled={isLost || (asks && links.isPending) || all.length === 0}
          menu={{
            items: all.map((order, index) => ({
              key: String(index),
              label: t("orders.preview", { order: orderWords(t, order) }),
            })),
            onClick: ({ key }) => choose(all[Number(key)] ?? null),
          }}
        >
          <Button {...(primary ? { type: "primary" as const } : {})} icon={<Icon name="down" />} iconPlacement="end">
            {label ?? t("orders.menu")}
          </Button>
        </Dropdown>
      </Tooltip>
      {chosen ? (
        <OrderPreview
          target={EDGE_ORDERS.some((name) => name === chosen.order) ? { site_id: target.site_id, edge: true } : target}
          order={chosen}
          onClose={() => choose(null)}
        />
      ) : null}
    </>
  );
}
