import { GetAlert, GetAlertCounts, ListAlerts, type LiveMessage } from "@banksman/wire/api";
import { AlertLevel } from "@banksman/wire/model";
import { useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import type { DataOf } from "../api/client.ts";
import { keyOf, useRoute } from "../api/query.ts";
import { readPreference, writePreference } from "../hooks/preference.ts";
import { useLang } from "../hooks/use-lang.ts";
import { useLive } from "./live-context.tsx";
import { useSession } from "./session.tsx";
import { playUrgent } from "./urgent-sound.ts";

type Alerts = Extract<LiveMessage, { type: "alerts" }>;
type Feed = {
  counts: DataOf<typeof GetAlertCounts> | undefined;
  muted: boolean;
  setMuted: (muted: boolean) => void;
};

const FeedContext = createContext<Feed>({ counts: undefined, muted: false, setMuted: () => {} });
const EVERY_MS = 60_000;
const TOAST_S = 8;
const isFlag = (value: string): value is "yes" | "no" => value === "yes" || value === "no";

/** How many alerts are open, and whether a new urgent one sounds. */
export const useAlertFeed = (): Feed => use(FeedContext);

/** Hears of alerts as they fire: renews what is shown, speaks, sounds once for urgent ones, shows one toast at a time. */
export function AlertFeed({ children }: { children: ReactNode }) {
  const { canAtSites } = useSession();
  const allowed = canAtSites("alert.read");
  const { client, onAlerts } = useLive();
  const counts = useRoute(GetAlertCounts, {}, { enabled: allowed, every: EVERY_MS, keep: true });
  const [muted, mute] = useState(() => readPreference("alert-sound", isFlag, "yes") === "no");
  const [spoken, speak] = useState<{ text: string; urgent: boolean }>({ text: "", urgent: false });
  const heard = useHeard(speak, muted);
  useEffect(() => {
    client.followAlerts(allowed);
  }, [client, allowed]);
  useEffect(() => (allowed ? onAlerts(heard) : undefined), [allowed, onAlerts, heard]);
  const setMuted = useCallback((next: boolean) => {
    writePreference("alert-sound", next ? "no" : "yes");
    mute(next);
  }, []);
  const feed = useMemo(() => ({ counts: counts.data, muted, setMuted }), [counts.data, muted, setMuted]);
  return (
    <FeedContext value={feed}>
      {children}
      <p className="bm-unseen" aria-live="polite">
        {spoken.urgent ? "" : spoken.text}
      </p>
      <p className="bm-unseen" aria-live="assertive">
        {spoken.urgent ? spoken.text : ""}
      </p>
    </FeedContext>
  );
}

function useHeard(speak: (said: { text: string; urgent: boolean }) => void, muted: boolean) {
  const { t, lang } = useLang();
  const { notification } = App.useApp();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const latest = useRef<(message: Alerts) => void>(() => {});
  latest.current = ({ counts, fired, more }) => {
    queries.setQueryData(keyOf(GetAlertCounts, {}), counts);
    for (const { path } of [ListAlerts, GetAlert]) void queries.invalidateQueries({ queryKey: [path] });
    const [first] = fired;
    if (!first) return;
    const rest = fired.length - 1 + more;
    const text = rest > 0 ? t("alerts.firedMore", { title: first.title[lang], count: rest }) : first.title[lang];
    const urgent = first.level === "urgent";
    speak({ text: `${t(`level.${first.level}`)}: ${text}`, urgent });
    if (urgent && !muted) playUrgent();
    const isLoud = AlertLevel.options.indexOf(first.level) <= AlertLevel.options.indexOf("severe");
    if (!isLoud) return;
    notification.destroy();
    notification.open({
      key: "alert",
      title: t(`level.${first.level}`),
      description: text,
      duration: TOAST_S,
      role: "status",
      onClick: () => {
        notification.destroy();
        void navigate(`/alerts?alert=${first.alert_id}`);
      },
    });
  };
  return useCallback((message: Alerts) => latest.current(message), []);
}
