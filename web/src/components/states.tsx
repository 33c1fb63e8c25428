import type { Permission } from "@banksman/wire/api";
import { Button } from "antd";
import type { ReactNode } from "react";
import { Outlet } from "react-router";
import { ApiProblem } from "../api/problem.ts";
import { useDelayed } from "../hooks/use-delayed.ts";
import { useLang } from "../hooks/use-lang.ts";
import { PROBLEMS_ZH } from "../i18n/problem-words.ts";
import { useSession } from "../shell/session.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { StateMessage } from "./state-message.tsx";

/** Says what belongs here and the one next step. */
export function EmptyState(props: { title: string; detail: string; icon?: IconName; action?: ReactNode }) {
  return <StateMessage icon={props.icon ?? "miners"} title={props.title} detail={props.detail} action={props.action} />;
}

/** Which permission is missing, or held for less than `what`, and who can grant it. */
export function Forbidden({ permission, what }: { permission: string; what?: string }) {
  const { t } = useLang();
  const { session } = useSession();
  const isHeld = session.permissions.some((word) => word === permission);
  const detail = isHeld
    ? t("forbidden.less", { what: what ?? t("forbidden.this"), permission })
    : t("forbidden.detail", { permission });
  return <StateMessage icon="lock" title={t("forbidden.title")} detail={detail} />;
}

type Page =
  | "alerts.tab.channels"
  | "alerts.tab.onCall"
  | "alerts.title"
  | "automations.title"
  | "cooling.title"
  | "pool.title"
  | "profit.title"
  | "video.title";

/**
 * Pages of what knows whole sites alone, or the installation as a whole: nothing of them is asked for by who holds less, as
 * if there were nothing.
 */
export function Reached({ needs, what, everywhere = false }: { needs: Permission; what: Page; everywhere?: boolean }) {
  const { t } = useLang();
  const { canAtSites, canEverywhere } = useSession();
  const isReached = everywhere ? canEverywhere(needs) : canAtSites(needs);
  return isReached ? <Outlet /> : <Forbidden permission={needs} what={t(what)} />;
}

type ErrorProps = {
  error: unknown;
  onRetry?: () => void;
  /** Named when the server answers that something is not allowed and doesn't say which permission is missing. */
  permission?: string;
  /** Said when the server answers that there is no such thing. */
  missing?: string;
  /** The way out when there is no such thing. */
  wayOut?: ReactNode;
};

/** Why something could not be shown, with its code and a way to try again. */
export function ErrorState({ error, onRetry, permission, missing, wayOut }: ErrorProps) {
  const { t } = useLang();
  const problem = error instanceof ApiProblem ? error : null;
  const needs = problem?.needs ?? permission;
  if (problem?.isForbidden && needs !== undefined) return <Forbidden permission={needs} />;
  const isMissing = problem?.isMissing ?? false;
  const retry = onRetry && !isMissing && (
    <Button icon={<Icon name="retry" />} onClick={onRetry}>
      {t("common.retry")}
    </Button>
  );
  return (
    <StateMessage
      alert
      icon={isMissing ? "search" : "warning"}
      title={isMissing ? t("error.missing") : t("error.title")}
      detail={isMissing && missing ? missing : <ProblemText error={error} />}
      action={isMissing ? wayOut : retry}
    />
  );
}

/** The text of a problem and its code, in the page's language where we have words for it. */
export function ProblemText({ error }: { error: unknown }) {
  const { t, lang } = useLang();
  const problem = error instanceof ApiProblem ? error : null;
  const known = lang === "zh" && problem ? PROBLEMS_ZH[problem.code] : undefined;
  const text =
    problem?.code === "network"
      ? t("error.network")
      : problem?.code === "reply.shape"
        ? t("error.shape")
        : (known ?? problem?.detail ?? (error instanceof Error ? error.message : ""));
  return (
    <>
      {asSentence(text)} <span className="bm-muted">{t("error.code", { code: problem?.code ?? "client" })}</span>
    </>
  );
}

/** Servers word their details as parts of a log line. */
function asSentence(text: string): string {
  const stop = /[.!?。！？]$/.test(text) || text === "" ? "" : /\p{Script=Han}$/u.test(text) ? "。" : ".";
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${stop}`;
}

/** Grey bars of a table's final size, shown only when loading takes longer than a blink. */
export function SkeletonRows({ rows = 8 }: { rows?: number }) {
  const { t } = useLang();
  const shown = useDelayed(true);
  return (
    <div className="bm-skeleton-rows" role="status" aria-label={t("common.loading")}>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars are all alike and never move
        <div key={row}>
          {shown ? <span className="bm-skeleton" style={{ width: `${92 - ((row * 17) % 40)}%` }} /> : null}
        </div>
      ))}
    </div>
  );
}
