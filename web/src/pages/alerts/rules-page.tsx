import { ListRules, UpdateRule } from "@banksman/wire/api";
import type { Rule } from "@banksman/wire/model";
import { App, Button, Switch, Table } from "antd";
import { Link, useNavigate } from "react-router";
import { useChange, useRoute } from "../../api/query.ts";
import { ColumnCards } from "../../components/column-cards.tsx";
import { Icon } from "../../components/icons.tsx";
import { LevelGlyph } from "../../components/level-pill.tsx";
import { EmptyState, ErrorState, ProblemText, SkeletonRows } from "../../components/states.tsx";
import { TextFilter } from "../../components/table-filters.tsx";
import { number } from "../../format/format.ts";
import { duration } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { useSession } from "../../shell/session.tsx";
import { AlertsFrame } from "./alerts-frame.tsx";

type Row = Rule & { open: number };

/** Every rule: the pack's and one's own. */
export default function RulesPage() {
  const { t, lang } = useLang();
  const { canEverywhere } = useSession();
  const { params, set } = useUrlState();
  const navigate = useNavigate();
  const found = useRoute(ListRules, {}, { every: 30_000, keep: true });
  const q = (params.get("q") ?? "").toLowerCase();
  const rules = (found.data?.rules ?? []).filter(({ rule_id, name, condition }) =>
    `${rule_id} ${name[lang]} ${condition}`.toLowerCase().includes(q),
  );
  const add = canEverywhere("alert.manage") ? (
    <Button icon={<Icon name="plus" />} onClick={() => void navigate("/alerts/rules/new")}>
      {t("rules.add")}
    </Button>
  ) : null;
  return (
    <AlertsFrame extra={add}>
      <section className="bm-panel bm-panel-flush" aria-label={t("alerts.tab.rules")}>
        <div className="bm-table-tools">
          <TextFilter
            size="small"
            label={t("rules.find")}
            value={params.get("q")}
            onChange={(typed) => set({ q: typed })}
          />
          <span className="bm-muted">{found.data ? t("rules.count", { count: rules.length }) : null}</span>
        </div>
        {found.error && !found.data ? (
          <ErrorState error={found.error} onRetry={() => void found.refetch()} permission="alert.read" />
        ) : null}
        {found.isPending ? <SkeletonRows rows={12} /> : null}
        {found.data && rules.length === 0 ? (
          <EmptyState icon="rule" title={t("rules.noMatch")} detail={t("rules.noMatchDetail")} />
        ) : null}
        {rules.length > 0 ? <Rows rules={rules} /> : null}
      </section>
    </AlertsFrame>
  );
}

function Rows({ rules }: { rules: readonly Row[] }) {
  const { t } = useLang();
  const columns = useColumns();
  const keyOf = ({ rule_id }: Row) => rule_id;
  if (usePhone()) return <ColumnCards rows={rules} columns={columns} keyOf={keyOf} label={t("alerts.tab.rules")} />;
  return (
    <Table<Row>
      size="small"
      rowKey={keyOf}
      dataSource={[...rules]}
      pagination={false}
      scroll={{ x: 980 }}
      aria-label={t("alerts.tab.rules")}
      columns={columns}
    />
  );
}

function useColumns() {
  const { t, lang } = useLang();
  const right = "right" as const;
  return [
    {
      key: "name",
      title: t("alerts.rule"),
      render: (_: unknown, { rule_id, name, level, enabled }: Row) => (
        <span className="bm-with-glyph">
          <LevelGlyph level={level} />
          <span className="bm-unseen">{t(`level.${level}`)}</span>
          <Link to={`/alerts/rules/${encodeURIComponent(rule_id)}`} className={enabled ? "" : "bm-muted"}>
            {name[lang]}
          </Link>
        </span>
      ),
    },
    { key: "target", title: t("rules.target"), render: (_: unknown, { target }: Row) => t(`rules.targets.${target}`) },
    {
      key: "condition",
      title: t("rules.condition"),
      render: (_: unknown, { condition }: Row) => <code className="bm-mono bm-wrap">{condition}</code>,
    },
    { key: "for", title: t("rules.for"), align: right, render: (_: unknown, { for_s }: Row) => duration(for_s, lang) },
    {
      key: "open",
      title: t("statistics.open"),
      align: right,
      render: (_: unknown, { rule_id, open }: Row) =>
        open > 0 ? <Link to={`/alerts?rule=${encodeURIComponent(rule_id)}`}>{number(open)}</Link> : "0",
    },
    {
      key: "origin",
      title: t("channels.origin"),
      render: (_: unknown, { origin, changed }: Row) =>
        `${t(`rules.origins.${origin}`)}${changed ? ` · ${t("rules.changed")}` : ""}`,
    },
    { key: "enabled", title: t("rules.enabled"), render: (_: unknown, rule: Row) => <OnOff rule={rule} /> },
  ];
}

function OnOff({ rule }: { rule: Row }) {
  const { t, lang } = useLang();
  const { canEverywhere } = useSession();
  const { message } = App.useApp();
  const update = useChange(UpdateRule, [ListRules]);
  return (
    <Switch
      size="small"
      checked={rule.enabled}
      disabled={!canEverywhere("alert.manage")}
      loading={update.isPending}
      aria-label={t("rules.switch", { name: rule.name[lang] })}
      onChange={(enabled) =>
        void update
          .mutateAsync({ params: { rule_id: rule.rule_id }, body: { enabled } })
          .catch((error: unknown) => void message.error(<ProblemText error={error} />))
      }
    />
  );
}
