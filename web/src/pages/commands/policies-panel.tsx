import {
  type ApprovalPolicy,
  DeleteApprovalPolicy,
  DeleteInterlock,
  type Interlock,
  ListInterlocks,
  SaveApprovalPolicy,
  SaveInterlock,
} from "@banksman/wire/api";
import { Button, Switch, Table } from "antd";
import { useState } from "react";
import { useChange, useRoute } from "../../api/query.ts";
import { ColumnCards } from "../../components/column-cards.tsx";
import { FormProblem } from "../../components/form-problem.tsx";
import { Icon } from "../../components/icons.tsx";
import { orderWords } from "../../components/orders/order-words.ts";
import { Panel } from "../../components/panel.tsx";
import { ErrorState, SkeletonRows } from "../../components/states.tsx";
import { useConfirmed } from "../../components/use-confirmed.tsx";
import { duration } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useSession } from "../../shell/session.tsx";
import { PolicyForm } from "./policy-form.tsx";

export type Editing = { kind: "interlock"; is: Interlock | null } | { kind: "approval"; is: ApprovalPolicy | null };

/** Figures of orders that limits may be set for; one of a newer server keeps its own name. */
export const POLICY_FIGURES = ["watts", "celsius"] as const;

/** What keeps orders from doing harm, and which need a second person. */
export function PoliciesPanel() {
  const { t } = useLang();
  const { canEverywhere } = useSession();
  const [editing, edit] = useState<Editing | null>(null);
  const found = useRoute(ListInterlocks, {}, { keep: true });
  const may = canEverywhere("policy.manage");
  if (found.error && !found.data)
    return <ErrorState error={found.error} onRetry={() => void found.refetch()} permission="command.read" />;
  if (!found.data) return <SkeletonRows rows={6} />;
  const add = (kind: Editing["kind"]) =>
    may ? (
      <Button icon={<Icon name="plus" />} onClick={() => edit({ kind, is: null })}>
        {t("policy.add")}
      </Button>
    ) : null;
  return (
    <>
      <Panel flush title={t("policy.interlocks")} extra={add("interlock")}>
        <Interlocks rows={found.data.interlocks} may={may} onEdit={(is) => edit({ kind: "interlock", is })} />
      </Panel>
      <Panel flush title={t("policy.approvals")} extra={add("approval")}>
        <Approvals rows={found.data.approval_policies} may={may} onEdit={(is) => edit({ kind: "approval", is })} />
      </Panel>
      <PolicyForm editing={editing} onClose={() => edit(null)} />
    </>
  );
}

type RowsProps<P> = { rows: readonly P[]; may: boolean; onEdit: (policy: P) => void };

function Interlocks({ rows, may, onEdit }: RowsProps<Interlock>) {
  const { t, lang } = useLang();
  const save = useChange(SaveInterlock, [ListInterlocks]);
  const remove = useChange(DeleteInterlock, [ListInterlocks]);
  const figureWord = (figure: string): string => {
    const known = POLICY_FIGURES.find((one) => one === figure);
    return known ? t(`policy.figures.${known}`) : figure;
  };
  const rule = ({ rule: one }: Interlock): string => {
    switch (one.kind) {
      case "at_once":
        return t("policy.says.at_once", { percent: one.max_percent, time: duration(one.window_seconds, lang) });
      case "quiet": {
        const orders = one.after.map((name) => orderWords(t, { order: name })).join(", ");
        return t("policy.says.quiet", { time: duration(one.seconds, lang), orders });
      }
      case "at_most":
        return t("policy.says.at_most", { count: one.times, time: duration(one.within_seconds, lang) });
      case "limits":
        return t("policy.says.limits", { figure: figureWord(one.figure), min: one.min ?? "−∞", max: one.max ?? "∞" });
      case "not_while": {
        const condition = t(`policy.conditions.${one.condition}`);
        return t("policy.says.not_while", { condition, time: duration(one.seconds, lang) });
      }
    }
  };
  return (
    <PolicyTable
      label={t("policy.interlocks")}
      rows={rows}
      may={may}
      rule={rule}
      onEdit={onEdit}
      onSwitch={(one, enabled) => save.mutate({ body: { ...one, enabled } })}
      onRemove={({ name }) => remove.mutateAsync({ params: { name } })}
      error={save.error}
    />
  );
}

function Approvals({ rows, may, onEdit }: RowsProps<ApprovalPolicy>) {
  const { t } = useLang();
  const save = useChange(SaveApprovalPolicy, [ListInterlocks]);
  const remove = useChange(DeleteApprovalPolicy, [ListInterlocks]);
  const rule = ({ min_devices, within_minutes }: ApprovalPolicy) =>
    t("policy.says.approval", { count: min_devices, minutes: within_minutes });
  return (
    <PolicyTable
      label={t("policy.approvals")}
      rows={rows}
      may={may}
      rule={rule}
      onEdit={onEdit}
      onSwitch={(one, enabled) => save.mutate({ body: { ...one, enabled } })}
      onRemove={({ name }) => remove.mutateAsync({ params: { name } })}
      error={save.error}
    />
  );
}

type Common = Pick<Interlock, "name" | "title" | "orders" | "sites" | "enabled">;
type TableProps<P> = RowsProps<P> & {
  label: string;
  onSwitch: (policy: P, enabled: boolean) => void;
  onRemove: (policy: P) => Promise<unknown>;
  error: Error | null;
  rule: (policy: P) => string;
};

function PolicyTable<P extends Common>({ label, rows, may, rule, onEdit, onSwitch, onRemove, error }: TableProps<P>) {
  const { t, lang } = useLang();
  const isPhone = usePhone();
  const confirm = useConfirmed();
  const ask = (one: P) =>
    confirm({
      title: t("policy.removeTitle", { name: one.title[lang] }),
      detail: t("policy.removeDetail"),
      action: t("policy.remove"),
      run: () => onRemove(one),
    });
  const columns = [
    {
      key: "title",
      title: t("policy.name"),
      render: (_: unknown, { title }: P) => <strong className="bm-cell-text">{title[lang]}</strong>,
    },
    {
      key: "rule",
      title: t("policy.rule"),
      render: (_: unknown, one: P) => <span className="bm-cell-text">{rule(one)}</span>,
    },
    {
      key: "orders",
      title: t("policy.orders"),
      render: (_: unknown, { orders }: P) => (
        <span className="bm-cell-text">{orders.map((name) => orderWords(t, { order: name })).join(", ")}</span>
      ),
    },
    {
      key: "sites",
      title: t("orders.site"),
      width: 110,
      render: (_: unknown, { sites }: P) => sites?.join(", ") ?? t("policy.everywhere"),
    },
    {
      key: "on",
      title: t("policy.on"),
      width: 70,
      render: (_: unknown, one: P) => (
        <Switch
          size="small"
          aria-label={`${t("policy.on")}: ${one.title[lang]}`}
          checked={one.enabled}
          disabled={!may}
          onChange={(enabled) => onSwitch(one, enabled)}
        />
      ),
    },
    ...(may
      ? [
          {
            key: "actions",
            title: t("common.actions"),
            width: 160,
            render: (_: unknown, one: P) => (
              <span className="bm-findings">
                <Button size="small" onClick={() => onEdit(one)}>
                  {t("policy.edit")}
                </Button>
                <Button size="small" danger onClick={() => ask(one)}>
                  {t("policy.remove")}
                </Button>
              </span>
            ),
          },
        ]
      : []),
  ];
  return (
    <>
      <FormProblem error={error} />
      {isPhone ? (
        <ColumnCards rows={rows} columns={columns} keyOf={({ name }) => name} label={label} />
      ) : (
        <Table
          size="small"
          rowKey="name"
          dataSource={rows}
          pagination={false}
          scroll={{ x: 860 }}
          columns={columns}
          aria-label={label}
        />
      )}
    </>
  );
}
