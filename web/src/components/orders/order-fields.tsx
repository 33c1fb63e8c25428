import { type CommandOrder, CoolingOrder, POWER_TARGET_MAX, PoolSetting } from "@banksman/wire/model";
import { Input, InputNumber } from "antd";
import { useLang } from "../../hooks/use-lang.ts";

type Props = { order: CommandOrder | CoolingOrder; onChange: (order: CommandOrder | CoolingOrder) => void };

/** What an order needs to be told: a pool, watts, seconds. Nothing for those that are complete. */
export function OrderFields({ order, onChange }: Props) {
  const { t } = useLang();
  if (order.order === "power_target")
    return (
      <Labelled label={t("orders.watts")}>
        <InputNumber
          data-first
          aria-label={t("orders.watts")}
          min={1}
          max={POWER_TARGET_MAX}
          step={100}
          value={order.watts}
          onChange={(watts) => onChange({ ...order, watts: watts ?? 1 })}
        />
      </Labelled>
    );
  if (order.order === "set_temp")
    return (
      <Labelled label={t("orders.celsius")}>
        <InputNumber
          data-first
          aria-label={t("orders.celsius")}
          step={0.5}
          value={order.celsius}
          {...(CoolingOrder.safeParse(order).success ? {} : { status: "error", "aria-invalid": true })}
          onChange={(celsius) => onChange({ ...order, celsius: celsius ?? 0 })}
        />
        <small>{t("orders.celsiusHelp")}</small>
      </Labelled>
    );
  if (order.order === "set_interval")
    return (
      <Labelled label={t("orders.seconds")}>
        <InputNumber
          data-first
          aria-label={t("orders.seconds")}
          min={1}
          max={86_400}
          value={order.seconds}
          onChange={(seconds) => onChange({ ...order, seconds: seconds ?? 30 })}
        />
      </Labelled>
    );
  if (order.order !== "pools_set") return null;
  const pool = order.pools[0] ?? { url: "", worker: "" };
  const isBad = pool.url !== "" && !PoolSetting.shape.url.safeParse(pool.url).success;
  const change = (part: Partial<typeof pool>) => onChange({ ...order, pools: [{ ...pool, ...part }] });
  return (
    <>
      <Labelled label={t("orders.pools")}>
        <Input
          data-first
          aria-label={t("orders.pools")}
          placeholder="stratum+tcp://host:3333"
          value={pool.url}
          {...(isBad ? { status: "error", "aria-invalid": true } : {})}
          onChange={({ target }) => change({ url: target.value })}
        />
      </Labelled>
      <Labelled label={t("orders.worker")}>
        <Input
          aria-label={t("orders.worker")}
          value={pool.worker}
          onChange={({ target }) => change({ worker: target.value })}
        />
      </Labelled>
      <Labelled label={t("orders.password")}>
        <Input.Password
          aria-label={t("orders.password")}
          autoComplete="off"
          value={pool.password ?? ""}
          onChange={({ target }) => change({ password: target.value })}
        />
      </Labelled>
    </>
  );
}

export function Labelled({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div className="bm-order-field">
      <span>{label}</span>
      {children}
    </div>
  );
}
