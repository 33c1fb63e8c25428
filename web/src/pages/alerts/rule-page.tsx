import { CreateRule, DeleteRule, GetRule, ListRules, UpdateRule } from "@banksman/wire/api";
import type { Rule } from "@banksman/wire/model";
import { App, Button, Popconfirm } from "antd";
import { Link, useNavigate, useParams } from "react-router";
import { useChange, useRoute } from "../../api/query.ts";
import { ErrorState, ProblemText, SkeletonRows } from "../../components/states.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";
import { AlertsFrame } from "./alerts-frame.tsx";
import { newRule, type RuleDraft } from "./rule-draft.ts";
import { RuleForm } from "./rule-form.tsx";

/** One rule: read and changed, or made. */
export default function RulePage() {
  const { t, lang } = useLang();
  const { ruleId = "" } = useParams();
  const isNew = ruleId === "new";
  const found = useRoute(GetRule, { params: { rule_id: ruleId } }, { enabled: !isNew });
  const rule = found.data;
  return (
    <AlertsFrame extra={rule ? <RemoveRule rule={rule} /> : null}>
      <nav className="bm-crumbs" aria-label={t("alerts.tab.rules")}>
        <Link to="/alerts/rules">{t("alerts.tab.rules")}</Link> /{" "}
        {isNew ? t("rules.add") : (rule?.name[lang] ?? ruleId)}
      </nav>
      {found.error && !found.data ? (
        <div className="bm-panel">
          <ErrorState
            error={found.error}
            onRetry={() => void found.refetch()}
            permission="alert.read"
            missing={t("rules.missing")}
            wayOut={<Link to="/alerts/rules">{t("alerts.tab.rules")}</Link>}
          />
        </div>
      ) : null}
      {!isNew && found.isPending ? <SkeletonRows rows={12} /> : null}
      {isNew ? <Editor draft={newRule()} rule={null} /> : null}
      {rule ? <Editor key={rule.updated_at} draft={rule} rule={rule} /> : null}
    </AlertsFrame>
  );
}

function Editor({ draft, rule }: { draft: RuleDraft; rule: Rule | null }) {
  const { t } = useLang();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const create = useChange(CreateRule, [ListRules, GetRule]);
  const update = useChange(UpdateRule, [ListRules, GetRule]);
  const save = async ({ rule_id, ...fields }: RuleDraft) => {
    const saved = rule
      ? await update.mutateAsync({ params: { rule_id: rule.rule_id }, body: fields }).catch(() => null)
      : await create.mutateAsync({ body: { ...fields, rule_id } }).catch(() => null);
    if (!saved) return;
    void message.success(t("channels.saved", { name: saved.rule_id }));
    if (!rule) void navigate(`/alerts/rules/${encodeURIComponent(saved.rule_id)}`, { replace: true });
  };
  return (
    <RuleForm
      draft={draft}
      isNew={rule === null}
      isSaving={create.isPending || update.isPending}
      error={create.error ?? update.error}
      onSave={save}
    />
  );
}

/** Removes a rule of one's own; sets one of the pack back to how it ships. */
function RemoveRule({ rule }: { rule: Rule }) {
  const { t } = useLang();
  const { canEverywhere } = useSession();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const remove = useChange(DeleteRule, [ListRules, GetRule]);
  const isOwn = rule.origin === "own";
  if (!canEverywhere("alert.manage") || (!isOwn && !rule.changed)) return null;
  const word = isOwn ? t("rules.remove") : t("rules.reset");
  return (
    <Popconfirm
      title={isOwn ? t("rules.removeTitle") : t("rules.resetTitle")}
      okText={word}
      cancelText={t("common.cancel")}
      onConfirm={() =>
        remove
          .mutateAsync({ params: { rule_id: rule.rule_id } })
          .then(() => (isOwn ? navigate("/alerts/rules") : undefined))
          .catch((error: unknown) => void message.error(<ProblemText error={error} />))
      }
    >
      <Button danger={isOwn}>{word}</Button>
    </Popconfirm>
  );
}
