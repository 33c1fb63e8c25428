import { randomBytes } from "node:crypto";
import type { AlertLevel, LocalText } from "@banksman/wire/model";

/** Something happened at a site: these miners have new readings. */
export type LiveEvent = { siteNo: number; siteId: string; minerIds: string[]; collectedAt: number };

/** Alerts changed; these began to fire just now. */
export type AlertsEvent = {
  fired: { alert_id: number; level: AlertLevel; title: LocalText; site_id: string | null }[];
};

/** Commands of these orders changed. */
export type CommandsEvent = { siteId: string; orderIds: string[] };

/** Units of a site that have newer records, or could not be read, with when. */
export type CoolingEvent = { siteId: string; changed: { host: string; at: string }[] };

/** One numbered event; `seq` is opaque to clients and ordered within this server's life. */
export type Numbered = { seq: string; event: LiveEvent };

/** How many events of a site can be replayed: half an hour of sweeps each 30 s. */
const KEPT_PER_SITE = 60;

/**
 * Numbers events and keeps the last ones of each site, so that a client that was away gets what it missed. The number
 * starts with this server's own mark: after a restart, or at another server, an old one is unknown and the client
 * starts from a fresh snapshot.
 */
export function createHub() {
  const mark = randomBytes(4).toString("hex");
  let counter = 0;
  const kept = new Map<number, Numbered[]>();
  const listeners = new Set<(numbered: Numbered) => void>();
  const alertListeners = new Set<(event: AlertsEvent) => void>();
  const commandListeners = new Set<(event: CommandsEvent) => void>();
  const coolingListeners = new Set<(event: CoolingEvent) => void>();
  const place = (seq: string): number => {
    const [from, number] = seq.split("-");
    return from === mark ? Number(number) : Number.NaN;
  };
  return {
    publish: (event: LiveEvent): void => {
      counter += 1;
      const numbered = { seq: `${mark}-${counter}`, event };
      const events = kept.get(event.siteNo) ?? [];
      events.push(numbered);
      if (events.length > KEPT_PER_SITE) events.shift();
      kept.set(event.siteNo, events);
      for (const listener of listeners) listener(numbered);
    },
    /** The newest number; what a client that just took a snapshot has seen. */
    newest: (): string => `${mark}-${counter}`,
    /** What a site's client missed after `seq`, or null when that is no longer known. */
    since: (siteNo: number, seq: string): Numbered[] | null => {
      const seen = place(seq);
      if (Number.isNaN(seen) || seen > counter) return null;
      const events = kept.get(siteNo) ?? [];
      const missed = events.filter((numbered) => place(numbered.seq) > seen);
      // With a full memory whose oldest is newer than what was seen, something may have fallen out.
      const first = events[0];
      return events.length >= KEPT_PER_SITE && first && place(first.seq) > seen + 1 ? null : missed;
    },
    publishAlerts: (event: AlertsEvent): void => {
      for (const listener of alertListeners) listener(event);
    },
    listenAlerts: (listener: (event: AlertsEvent) => void): (() => void) => {
      alertListeners.add(listener);
      return () => alertListeners.delete(listener);
    },
    publishCommands: (event: CommandsEvent): void => {
      for (const listener of commandListeners) listener(event);
    },
    listenCommands: (listener: (event: CommandsEvent) => void): (() => void) => {
      commandListeners.add(listener);
      return () => commandListeners.delete(listener);
    },
    publishCooling: (event: CoolingEvent): void => {
      for (const listener of coolingListeners) listener(event);
    },
    listenCooling: (listener: (event: CoolingEvent) => void): (() => void) => {
      coolingListeners.add(listener);
      return () => coolingListeners.delete(listener);
    },
    listen: (listener: (numbered: Numbered) => void): (() => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
export type Hub = ReturnType<typeof createHub>;
