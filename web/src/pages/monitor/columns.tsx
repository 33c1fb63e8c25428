import type { LatestRow, LatestSort } from "@banksman/wire/api";
import { readingSeconds } from "@banksman/wire/model";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { Age } from "../../components/age.tsx";
import { Changing } from "../../components/changing.tsx";
import { Sparkline } from "../../components/sparkline.tsx";
import { StatusBadge } from "../../components/status-badge.tsx";
import {
  efficiency,
  hashrate,
  MISSING,
  number,
  power,
  rejectShare,
  shareOf,
  temperature,
} from "../../format/format.ts";
import { duration } from "../../format/time.ts";
import type { useLang } from "../../hooks/use-lang.ts";
import { NameplateBar } from "./nameplate-bar.tsx";
import { reasonText } from "./reason.ts";

export type CellContext = ReturnType<typeof useLang> & {
  siteId: string;
  interval: number | null;
  zone: string;
  sparkline: (minerId: string) => readonly (number | null)[] | undefined;
};

/** One column of the table: `sort` where the server can sort by it. */
export type Column = {
  key: ColumnKey;
  width: number;
  right?: boolean;
  /** Takes the room that is left. */
  grows?: boolean;
  /** Shown without being asked for. */
  standard?: boolean;
  sort?: LatestSort;
  cell: (row: LatestRow, context: CellContext) => ReactNode;
};

export const COLUMN_KEYS = [
  "health",
  "miner_id",
  "position",
  "model",
  "ip_address",
  "hashrate",
  "nameplate",
  "sparkline",
  "temperature",
  "power",
  "rejects",
  "reason",
  "efficiency",
  "fans",
  "frequency",
  "uptime",
  "pool",
  "worker",
  "firmware",
  "mac",
  "latency",
  "age",
] as const;
export type ColumnKey = (typeof COLUMN_KEYS)[number];

const HOT_CELSIUS = 80;
const MANY_REJECTS = 0.01;

const rowRejects = (row: LatestRow) => rejectShare(row.accepted_shares, row.rejected_shares);
const isHashing = (row: LatestRow) => row.online && row.hashrate_ghs !== null;
export const placeOf = (row: Pick<LatestRow, "rack" | "position">): string =>
  [row.position?.startsWith(row.rack ?? "\u0000") ? null : row.rack, row.position].filter(Boolean).join("-") || MISSING;

const loud = (text: string, is: boolean) => (
  <Changing text={text}>{is ? <b className="bm-loud">{text}</b> : text}</Changing>
);
const meanFan = (row: LatestRow) => {
  const known = (row.fan_speeds ?? []).filter((rpm) => rpm !== null);
  return known.length === 0 ? null : known.reduce((sum, rpm) => sum + rpm, 0) / known.length;
};
const mono = (text: string | null) => <span className="bm-mono">{text ?? MISSING}</span>;

function sparkColour(row: LatestRow): string | undefined {
  return row.health === "hashing" ? undefined : `var(--bm-status-${row.health.replace("H", "-h")}-mark)`;
}

/** The table's columns in their order. */
export const columns: readonly Column[] = [
  { key: "health", width: 112, standard: true, sort: "health", cell: (row) => <StatusBadge status={row.health} /> },
  {
    key: "miner_id",
    width: 86,
    standard: true,
    sort: "miner_id",
    cell: (row, { siteId }) => (
      <Link
        className="bm-id"
        to={`/miners/${encodeURIComponent(siteId)}/${encodeURIComponent(row.miner_id)}`}
        onClick={(event) => event.stopPropagation()}
      >
        {row.miner_id}
      </Link>
    ),
  },
  {
    key: "position",
    width: 86,
    standard: true,
    sort: "position",
    cell: (row) => <span className="bm-secondary">{placeOf(row)}</span>,
  },
  { key: "model", width: 132, sort: "model", cell: (row) => row.model ?? MISSING },
  { key: "ip_address", width: 112, sort: "ip_address", cell: (row) => mono(row.ip_address) },
  {
    key: "hashrate",
    width: 54,
    right: true,
    standard: true,
    sort: "hashrate_ghs",
    cell: (row) => (
      <b className="bm-medium">
        <Changing text={hashrate(row.hashrate_ghs, "miner").text} />
      </b>
    ),
  },
  {
    key: "nameplate",
    width: 92,
    standard: true,
    sort: "hashrate_percent",
    cell: (row) => (
      <NameplateBar
        share={isHashing(row) ? shareOf(row.hashrate_ghs, row.expected_hashrate_ghs) : null}
        health={row.health}
      />
    ),
  },
  {
    key: "sparkline",
    width: 68,
    standard: true,
    cell: (row, { sparkline }) => {
      const colour = sparkColour(row);
      const top = row.expected_hashrate_ghs === null ? {} : { top: row.expected_hashrate_ghs };
      return <Sparkline values={sparkline(row.miner_id)} {...top} {...(colour ? { colour } : {})} />;
    },
  },
  {
    key: "temperature",
    width: 38,
    right: true,
    standard: true,
    sort: "temperature_max",
    cell: (row) => loud(temperature(row.temperature_max).text, (row.temperature_max ?? 0) >= HOT_CELSIUS),
  },
  {
    key: "power",
    width: 46,
    right: true,
    standard: true,
    sort: "power_consumption",
    cell: (row) => <Changing text={power(row.power_consumption, "miner").text} />,
  },
  {
    key: "rejects",
    width: 54,
    right: true,
    standard: true,
    sort: "reject_percent",
    cell: (row) => {
      const share = rowRejects(row);
      return loud(number(share === null ? null : share * 100, 2), (share ?? 0) >= MANY_REJECTS);
    },
  },
  {
    key: "reason",
    width: 106,
    standard: true,
    grows: true,
    cell: (row, { t }) => {
      const text = reasonText(row, t);
      return text === null ? null : (
        <span className="bm-secondary" title={text}>
          {text}
        </span>
      );
    },
  },
  {
    key: "efficiency",
    width: 56,
    right: true,
    cell: (row) => efficiency(row.power_consumption, row.hashrate_ghs).text,
  },
  { key: "fans", width: 76, right: true, cell: (row) => number(meanFan(row)) },
  { key: "frequency", width: 60, right: true, cell: (row) => number(row.frequency_avg) },
  { key: "uptime", width: 96, right: true, cell: (row, { lang }) => duration(row.uptime_seconds, lang) },
  { key: "pool", width: 190, cell: (row) => mono(row.pool_url) },
  { key: "worker", width: 150, cell: (row) => mono(row.worker_name) },
  { key: "firmware", width: 150, cell: (row) => row.firmware ?? MISSING },
  { key: "mac", width: 130, cell: (row) => mono(row.mac) },
  { key: "latency", width: 52, right: true, cell: (row) => number(row.latency_ms) },
  {
    key: "age",
    width: 88,
    right: true,
    standard: true,
    sort: "collected_at",
    cell: (row, { interval, zone }) => (
      <Age at={row.collected_at} interval={readingSeconds(row.driver, interval)} zone={zone} plain />
    ),
  },
];
