import {
  GetCommand,
  GetLatest,
  GetMiner,
  GetOrder,
  GetRacks,
  GetSparklines,
  GetSummary,
  type LatestRow,
  ListCommands,
  ListOrders,
  type LiveMessage,
} from "@banksman/wire/api";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, use, useEffect, useMemo, useState } from "react";
import type { DataOf } from "../api/client.ts";
import { LiveClient, type LiveState } from "../api/live-client.ts";
import { checkSession } from "./session.tsx";

type Live = {
  state: LiveState;
  client: LiveClient;
  onAlerts: (listener: (message: Alerts) => void) => () => void;
  /** Cooling units were read; only while somebody follows them. */
  onCooling: (listener: () => void) => () => void;
};
type Alerts = Extract<LiveMessage, { type: "alerts" }>;
type Readings = Extract<LiveMessage, { type: "readings" }>;

const LiveContext = createContext<Live | null>(null);

/** The live connection. Only below LiveProvider. */
export function useLive(): Live {
  const live = use(LiveContext);
  if (live === null) throw new Error("useLive is called outside LiveProvider");
  return live;
}

/** Follows a site and the rows on the screen for as long as the caller is mounted. */
export function useFollow(siteId: string, minerIds: readonly string[]): LiveState {
  const { state, client } = useLive();
  useEffect(() => {
    client.follow(siteId);
  }, [client, siteId]);
  useEffect(() => client.watch(minerIds), [client, minerIds]);
  return state;
}

/** Routes whose answers a reset makes stale. */
const siteRoutes = [GetLatest, GetSummary, GetRacks, GetMiner, GetSparklines];

/** Routes whose answers change with a command. */
const commandRoutes = [ListCommands, GetCommand, ListOrders, GetOrder];

function patchRows(data: DataOf<typeof GetLatest> | undefined, rows: ReadonlyMap<string, LatestRow>) {
  if (!data?.miners.some((row) => rows.has(row.miner_id))) return data;
  return { ...data, miners: data.miners.map((row) => rows.get(row.miner_id) ?? row) };
}

/** Writes pushed rows and totals into the answers that pages already show. */
export function applyReadings(client: QueryClient, message: Readings): void {
  const rows = new Map(message.rows.map((row) => [row.miner_id, row]));
  client.setQueriesData<DataOf<typeof GetLatest>>(
    { queryKey: [GetLatest.path, { params: { site_id: message.site_id } }] },
    (data) => patchRows(data, rows),
  );
  client.setQueriesData<DataOf<typeof GetSummary>>(
    { queryKey: [GetSummary.path, { params: { site_id: message.site_id } }] },
    (data) => data && { ...data, ...message.summary },
  );
  for (const row of message.rows) {
    const params = { site_id: message.site_id, miner_id: row.miner_id };
    client.setQueriesData<DataOf<typeof GetMiner>>(
      { queryKey: [GetMiner.path, { params }] },
      (data) => data && { ...data, ...row },
    );
  }
}

/** Messages that arrive within one frame are applied together. */
function frameBatcher(client: QueryClient) {
  let waiting: Readings[] = [];
  return (message: Readings) => {
    waiting.push(message);
    if (waiting.length > 1) return;
    requestAnimationFrame(() => {
      for (const one of waiting) applyReadings(client, one);
      waiting = [];
    });
  };
}

/** Holds the program's one WebSocket. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const queryClient = useQueryClient();
  const [state, setState] = useState<LiveState>("idle");
  const listeners = useMemo(() => new Set<(message: Alerts) => void>(), []);
  const cooling = useMemo(() => new Set<() => void>(), []);
  const client = useMemo(
    () =>
      new LiveClient({
        onAlerts: (message) => {
          for (const listener of listeners) listener(message);
        },
        onCommands: () => {
          for (const { path } of commandRoutes) void queryClient.invalidateQueries({ queryKey: [path] });
        },
        onCooling: () => {
          for (const listener of cooling) listener();
        },
        onState: setState,
        onReadings: frameBatcher(queryClient),
        onSignedOut: () => void checkSession(),
        onReset: () => {
          for (const { path } of siteRoutes) void queryClient.invalidateQueries({ queryKey: [path] });
        },
      }),
    [queryClient, listeners, cooling],
  );
  useEffect(() => {
    const note = () => client.setPaused(document.hidden);
    note();
    document.addEventListener("visibilitychange", note);
    return () => {
      document.removeEventListener("visibilitychange", note);
      client.close();
    };
  }, [client]);
  const live = useMemo(() => {
    const onAlerts = (listener: (message: Alerts) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    };
    const onCooling = (listener: () => void) => {
      cooling.add(listener);
      return () => void cooling.delete(listener);
    };
    return { state, client, onAlerts, onCooling };
  }, [state, client, listeners, cooling]);
  return <LiveContext value={live}>{children}</LiveContext>;
}
