import { GetAuditBundle, GetAuditCsv, ListAudit, type ListedAuditRow } from "@banksman/wire/api";
import { Button, Table } from "antd";
import { useEffect } from "react";
import { addressOf } from "../../api/client.ts";
import { useRoute } from "../../api/query.ts";
import { ColumnCards } from "../../components/column-cards.tsx";
import { Icon } from "../../components/icons.tsx";
import { EmptyState, ErrorState, Forbidden, SkeletonRows } from "../../components/states.tsx";
import { MISSING, number } from "../../format/format.ts";
import { browserZone, clock, date, zoneLabel } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { useSession } from "../../shell/session.tsx";
import { actionWord } from "./action-words.ts";
import { AuditDetail } from "./audit-detail.tsx";
import { AuditFilters } from "./audit-filters.tsx";
import { filterOf } from "./audit-query.ts";
import { ResultWord } from "./result-word.tsx";
import { Seal } from "./seal.tsx";

const PER_PAGE = 100;
const EVERY_MS = 10_000;

/** Who did what, when, from where, and how it ended: the trail that nobody can quietly change. */
export default function AuditPage() {
  const { t } = useLang();
  const { can } = useSession();
  const { params, push, set } = useUrlState();
  const allowed = can("audit.read");
  useEffect(() => {
    document.title = `${t("audit.title")} · Banksman`;
  }, [t]);
  if (!allowed) return <Forbidden permission="audit.read" />;
  const filter = filterOf(params, Date.now());
  const seq = Number(params.get("row")) || null;
  return (
    <div className="bm-stack">
      <div className="bm-page-head">
        <h1>{t("audit.title")}</h1>
        <Seal />
        <span className="bm-grow" />
        <Button icon={<Icon name="download" />} href={addressOf(GetAuditCsv, { query: filter })} download>
          {t("audit.csv")}
        </Button>
        <Button icon={<Icon name="download" />} href={addressOf(GetAuditBundle, {})} download>
          {t("audit.bundle")}
        </Button>
      </div>
      <section className="bm-panel bm-panel-flush" aria-label={t("audit.title")}>
        <AuditFilters />
        <Rows onOpen={(row) => push({ row: String(row) })} />
      </section>
      <AuditDetail seq={seq} onClose={() => set({ row: null })} />
    </div>
  );
}

function Rows({ onOpen }: { onOpen: (seq: number) => void }) {
  const { t } = useLang();
  const { params, push } = useUrlState();
  const isPhone = usePhone();
  const columns = useColumns(onOpen);
  const before = Number(params.get("before")) || undefined;
  const query = { ...filterOf(params, Date.now()), before_seq: before, limit: PER_PAGE };
  // Older pages don't change; the newest one follows.
  const found = useRoute(ListAudit, { query }, { every: before === undefined ? EVERY_MS : false, keep: true });
  const rows = found.data?.rows ?? [];
  const keyOf = ({ seq }: ListedAuditRow) => seq;
  if (found.error && !found.data)
    return <ErrorState error={found.error} onRetry={() => void found.refetch()} permission="audit.read" />;
  if (found.isPending) return <SkeletonRows rows={10} />;
  if (rows.length === 0) return <EmptyState icon="search" title={t("audit.none")} detail={t("audit.noneDetail")} />;
  const last = rows.at(-1)?.seq;
  return (
    <>
      {isPhone ? (
        <ColumnCards rows={rows} columns={columns} keyOf={keyOf} label={t("audit.title")} />
      ) : (
        <Table<ListedAuditRow>
          size="small"
          rowKey={keyOf}
          dataSource={rows}
          pagination={false}
          scroll={{ x: 1_000 }}
          aria-label={t("audit.title")}
          columns={columns}
        />
      )}
      <div className="bm-table-foot">
        <Button size="small" disabled={before === undefined} onClick={() => push({ before: null })}>
          {t("audit.newest")}
        </Button>
        <Button
          size="small"
          disabled={found.data?.has_more !== true}
          onClick={() => push({ before: last === undefined ? null : String(last) })}
        >
          {t("audit.older")}
        </Button>
      </div>
    </>
  );
}

function useColumns(onOpen: (seq: number) => void) {
  const { t, lang } = useLang();
  const zone = browserZone();
  return [
    {
      key: "seq",
      title: "#",
      width: 80,
      render: (_: unknown, { seq }: ListedAuditRow) => (
        <Button type="link" size="small" aria-label={t("audit.row", { seq: number(seq) })} onClick={() => onOpen(seq)}>
          {number(seq)}
        </Button>
      ),
    },
    {
      key: "at",
      title: `${t("audit.when")} (${zoneLabel(Date.now(), zone)})`,
      width: 170,
      render: (_: unknown, { at }: ListedAuditRow) => {
        const ms = Date.parse(at);
        return `${date(ms, zone)} ${clock(ms, zone)}`;
      },
    },
    {
      key: "actor",
      title: t("audit.who"),
      render: (_: unknown, { actor }: ListedAuditRow) =>
        actor.kind === "person" ? (
          <strong>{actor.name}</strong>
        ) : (
          <>
            {t(`audit.kinds.${actor.kind}`)} {actor.name ? <span className="bm-muted">{actor.name}</span> : null}
          </>
        ),
    },
    {
      key: "from",
      title: t("audit.address"),
      render: (_: unknown, { from }: ListedAuditRow) => from?.address ?? MISSING,
    },
    {
      key: "action",
      title: t("audit.action"),
      render: (_: unknown, { action, times }: ListedAuditRow) => (
        <>
          {actionWord(action, lang)} {times > 1 ? <span className="bm-muted">× {number(times)}</span> : null}
        </>
      ),
    },
    {
      key: "target",
      title: t("audit.target"),
      render: (_: unknown, { site, target }: ListedAuditRow) => (
        <span className="bm-wrap">{target ?? site ?? MISSING}</span>
      ),
    },
    {
      key: "result",
      title: t("audit.result"),
      render: (_: unknown, { result, code }: ListedAuditRow) => <ResultWord result={result} code={code} />,
    },
    {
      key: "reason",
      title: t("audit.reason"),
      render: (_: unknown, { reason }: ListedAuditRow) => <span className="bm-wrap">{reason ?? MISSING}</span>,
    },
  ];
}
