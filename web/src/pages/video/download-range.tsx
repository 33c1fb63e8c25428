import { type Camera, DownloadRecording } from "@banksman/wire/api";
import { Input } from "antd";
import { useState } from "react";
import { addressOf } from "../../api/client.ts";
import { Icon } from "../../components/icons.tsx";
import { Panel } from "../../components/panel.tsx";
import { clock, instantOf } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { isRecorded, type Part } from "./recorded-parts.ts";

type Props = { camera: Camera; parts: readonly Part[]; atMs: number | null; day: string; zone: string };

/** Around the moment that is shown: a minute before and four after. */
const BEFORE_MS = 60_000;
const AFTER_MS = 240_000;

/** A span of the day as one file. */
export function DownloadRange({ camera, parts, atMs, day, zone }: Props) {
  const { t } = useLang();
  const middle = atMs ?? parts[0]?.fromMs ?? 0;
  const [typed, type] = useState<{ from?: string; to?: string }>({});
  const earliest = instantOf(day, "00:00:00", zone);
  const latest = instantOf(day, "23:59:59", zone);
  const from = typed.from ?? clock(Math.max(earliest, middle - BEFORE_MS), zone);
  const to = typed.to ?? clock(Math.min(latest, middle + AFTER_MS), zone);
  const [fromMs, toMs] = [instantOf(day, from, zone), instantOf(day, to, zone)];
  const isOrdered = toMs > fromMs;
  const isThere = isOrdered && isRecorded(parts, fromMs, toMs);
  const address = () =>
    addressOf(DownloadRecording, {
      params: { site_id: camera.site_id, camera_id: camera.camera_id },
      query: { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() },
    });
  return (
    <Panel title={t("recordings.range")} hint={t("recordings.rangeHint")}>
      <div className="bm-button-row">
        <Time label={t("recordings.from")} value={from} onChange={(value) => type({ ...typed, from: value })} />
        <Time label={t("recordings.to")} value={to} onChange={(value) => type({ ...typed, to: value })} />
        {isThere ? (
          <a className="ant-btn ant-btn-default bm-with-glyph" href={address()} download>
            <Icon name="download" /> {t("common.download")}
          </a>
        ) : (
          <span className="bm-muted">{t(isOrdered ? "recordings.notRecorded" : "recordings.wrongOrder")}</span>
        )}
      </div>
    </Panel>
  );
}

type TimeProps = { label: string; value: string; onChange: (value: string) => void };

function Time({ label, value, onChange }: TimeProps) {
  return (
    <span className="bm-with-glyph">
      <span className="bm-day-label" aria-hidden="true">
        {label}
      </span>
      <Input
        aria-label={label}
        type="time"
        step={1}
        value={value}
        // A browser leaves the seconds out where they are 0.
        onChange={({ target }) => target.value !== "" && onChange(target.value.padEnd(8, ":00"))}
      />
    </span>
  );
}
