import type { MinerDetail } from "@banksman/wire/api";
import type { Pool } from "@banksman/wire/model";
import { Button } from "antd";
import { type ReactNode, useState } from "react";
import { Age } from "../../components/age.tsx";
import { Panel } from "../../components/panel.tsx";
import { MISSING, number } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { placeOf } from "../monitor/columns.tsx";
import { RawDrawer } from "./raw-drawer.tsx";

/** Configured pools in the device's order, and which one is in use. */
export function PoolPanel({ pools, worker }: { pools: readonly Pool[]; worker: string | null }) {
  const { t } = useLang();
  return (
    <Panel title={t("miner.pools")}>
      {pools.length === 0 ? <p className="bm-muted">{t("empty.pools")}</p> : null}
      <ul className="bm-pools">
        {pools.map((pool, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a device may name one pool twice
          <li key={index}>
            <span className="bm-muted">{pool.priority ?? index}</span>
            <span className="bm-mono bm-wrap" title={pool.url}>
              {shortPool(pool.url)}
            </span>
            <span className="bm-grow" />
            <PoolState pool={pool} />
          </li>
        ))}
      </ul>
      <dl className="bm-facts">
        <Fact label={t("miner.worker")}>
          <span className="bm-mono bm-wrap">{worker ?? MISSING}</span>
        </Fact>
      </dl>
    </Panel>
  );
}

/** A pool without its scheme, which nearly all share; the full address is in the tooltip. */
const shortPool = (url: string) => url.replace(/^stratum\+tcp:\/\//, "");

function PoolState({ pool }: { pool: Pool }) {
  const { t } = useLang();
  if (pool.dev_fee) return <span className="bm-muted">{t("miner.devFee")}</span>;
  if (pool.active && pool.status === "alive")
    return (
      <span className="bm-in-use">
        <i className="bm-live-dot" />
        {t("miner.inUse")}
      </span>
    );
  const word = pool.status === "alive" ? t("miner.standby") : t(`miner.${pool.status}`);
  return <span className={pool.status === "dead" ? "bm-loud" : "bm-muted"}>{word}</span>;
}

export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Each fan's speed as a bar of the fastest one. */
export function FanPanel({ speeds }: { speeds: readonly (number | null)[] }) {
  const { t } = useLang();
  const fastest = Math.max(1, ...speeds.map((rpm) => rpm ?? 0));
  return (
    <Panel title={t("miner.fans")} hint="rpm">
      {speeds.length === 0 ? <p className="bm-muted">{t("empty.fans")}</p> : null}
      <ul className="bm-fans">
        {speeds.map((rpm, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a fan is its place
          <li key={index}>
            <span>{t("miner.fan", { number: index + 1 })}</span>
            <span className="bm-bar">
              <i style={{ width: `${((rpm ?? 0) / fastest) * 100}%` }} />
            </span>
            <b className={rpm === 0 ? "bm-loud" : "bm-medium"}>{number(rpm)}</b>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

type IdentityProps = { miner: MinerDetail; interval: number | null; zone: string };

/** What the device is, where it stands, and how it was read. */
export function IdentityPanel({ miner, interval, zone }: IdentityProps) {
  const { t } = useLang();
  const [open, setOpen] = useState(false);
  const mono = (text: string | null) => <span className="bm-mono bm-wrap">{text ?? MISSING}</span>;
  const raw = (
    <Button type="link" size="small" onClick={() => setOpen(true)}>
      {t("miner.raw")}
    </Button>
  );
  return (
    <Panel title={t("miner.identity")} extra={raw}>
      <dl className="bm-facts">
        <Fact label={t("column.model")}>{[miner.make, miner.model].filter(Boolean).join(" ") || MISSING}</Fact>
        <Fact label={t("miner.firmware")}>{miner.firmware ?? MISSING}</Fact>
        <Fact label={t("miner.address")}>{mono(miner.ip_address)}</Fact>
        <Fact label={t("miner.mac")}>{mono(miner.mac)}</Fact>
        <Fact label={t("miner.serial")}>{mono(miner.serial)}</Fact>
        <Fact label={t("miner.place")}>{placeOf(miner)}</Fact>
        {miner.customer_id === null ? null : <Fact label={t("customers.customer")}>{miner.customer_id}</Fact>}
        <Fact label={t("miner.driver")}>{miner.driver ?? MISSING}</Fact>
        <Fact label={t("miner.readIn")}>
          {miner.latency_ms === null ? MISSING : t("miner.readInValue", { latency: number(miner.latency_ms) })} ·{" "}
          <Age at={miner.collected_at} interval={interval} zone={zone} ago />
        </Fact>
        <Fact label={t("miner.firstSeen")}>
          <Age at={miner.first_seen_at} zone={zone} ago />
        </Fact>
      </dl>
      <RawDrawer open={open} onClose={() => setOpen(false)} miner={miner} zone={zone} />
    </Panel>
  );
}
