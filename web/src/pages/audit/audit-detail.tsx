import { GetAuditRow, type ListedAuditRow } from "@banksman/wire/api";
import { Table } from "antd";
import type { ReactNode } from "react";
import { useRoute } from "../../api/query.ts";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { ErrorState, SkeletonRows } from "../../components/states.tsx";
import { MISSING, number } from "../../format/format.ts";
import { browserZone, fullTime } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { actionWord } from "./action-words.ts";
import { type Difference, differences } from "./audit-query.ts";
import { ResultWord } from "./result-word.tsx";

/** One row of the trail: all that it holds, and what stood before and after. */
export function AuditDetail({ seq, onClose }: { seq: number | null; onClose: () => void }) {
  const { t } = useLang();
  return (
    <SideDrawer open={seq !== null} title={t("audit.row", { seq: number(seq ?? 0) })} onClose={onClose}>
      {seq === null ? null : <Row seq={seq} />}
    </SideDrawer>
  );
}

function Row({ seq }: { seq: number }) {
  const found = useRoute(GetAuditRow, { params: { seq } });
  if (found.error)
    return <ErrorState error={found.error} onRetry={() => void found.refetch()} permission="audit.read" />;
  return found.data ? <Facts row={found.data} /> : <SkeletonRows rows={8} />;
}

function Facts({ row }: { row: ListedAuditRow }) {
  const { t, lang } = useLang();
  const { actor, from } = row;
  const facts: [string, ReactNode][] = [
    [t("audit.when"), fullTime(Date.parse(row.at), browserZone())],
    [t("audit.who"), `${actor.name ?? MISSING} (${t(`audit.kinds.${actor.kind}`)})`],
    [t("audit.address"), from?.address ?? MISSING],
    [t("audit.session"), from?.session ? <code key="s">{from.session}</code> : MISSING],
    [t("audit.client"), from?.client ?? MISSING],
    [t("audit.action"), actionWord(row.action, lang)],
    [t("audit.site"), row.site ?? MISSING],
    [t("audit.target"), row.target ?? MISSING],
    [t("audit.reason"), row.reason ?? MISSING],
    [t("audit.result"), <ResultWord key="r" result={row.result} code={row.code} />],
    ...(row.times > 1 ? [[t("audit.times"), number(row.times)] as [string, ReactNode]] : []),
  ];
  return (
    <div className="bm-stack">
      <dl className="bm-facts bm-audit-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Differences before={row.before} after={row.after} />
      <dl className="bm-facts bm-audit-hashes">
        <div>
          <dt>{t("audit.hash")}</dt>
          <dd>
            <code>{row.hash}</code>
          </dd>
        </div>
        <div>
          <dt>{t("audit.prev")}</dt>
          <dd>
            <code>{row.prev}</code>
          </dd>
        </div>
      </dl>
    </div>
  );
}

function Differences({ before, after }: Pick<ListedAuditRow, "before" | "after">) {
  const { t } = useLang();
  const lines = differences(before, after);
  if (lines.length === 0) return null;
  const value = (text: string | null) => (text === null ? MISSING : <code className="bm-audit-value">{text}</code>);
  return (
    <Table<Difference>
      size="small"
      rowKey="name"
      dataSource={lines}
      pagination={false}
      aria-label={t("audit.change")}
      columns={[
        { key: "name", title: t("audit.member"), render: (_, { name }) => name },
        { key: "before", title: t("audit.before"), render: (_, line) => value(line.before) },
        { key: "after", title: t("audit.after"), render: (_, line) => value(line.after) },
      ]}
    />
  );
}
