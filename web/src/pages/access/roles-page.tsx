import {
  CreateRole,
  DeleteRole,
  GRANTABLE,
  ListRoles,
  type Permission,
  type Role,
  UpdateRole,
} from "@banksman/wire/api";
import { Button, Checkbox, Form, Input, Table } from "antd";
import { useState } from "react";
import { useChange, useRoute } from "../../api/query.ts";
import { FormEnd } from "../../components/form-end.tsx";
import { Icon } from "../../components/icons.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { ErrorState, SkeletonRows } from "../../components/states.tsx";
import { useConfirmed } from "../../components/use-confirmed.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useRoleWord } from "../../hooks/use-role-word.ts";
import type { accessEn } from "../../i18n/en-access.ts";
import { useSession } from "../../shell/session.tsx";
import { AccessFrame } from "./access-frame.tsx";

/** What each role may do: permissions down, roles across. */
export default function RolesPage() {
  const { t } = useLang();
  const { canEverywhere } = useSession();
  const [editing, edit] = useState<Role | "new" | null>(null);
  const roles = useRoute(ListRoles, {}, { enabled: canEverywhere("user.manage"), keep: true });
  const own = (roles.data?.roles ?? []).filter(({ origin }) => origin === "own");
  const add = canEverywhere("role.manage") ? (
    <span className="bm-buttons">
      {own.map((role) => (
        <Button key={role.role} onClick={() => edit(role)}>
          {t("access.editRole", { name: role.role })}
        </Button>
      ))}
      <Button type="primary" icon={<Icon name="plus" />} onClick={() => edit("new")}>
        {t("access.newRole")}
      </Button>
    </span>
  ) : null;
  return (
    <AccessFrame tab="roles" extra={add}>
      <section className="bm-panel bm-panel-flush" aria-label={t("access.tab.roles")}>
        {roles.error && !roles.data ? (
          <ErrorState error={roles.error} onRetry={() => void roles.refetch()} permission="user.manage" />
        ) : null}
        {roles.isPending ? <SkeletonRows rows={8} /> : null}
        {roles.data ? <Matrix roles={roles.data.roles} /> : null}
      </section>
      <SideDrawer
        open={editing !== null}
        title={editing === "new" || editing === null ? t("access.newRole") : editing.role}
        onClose={() => edit(null)}
      >
        {editing === null ? null : <RoleForm role={editing} onDone={() => edit(null)} />}
      </SideDrawer>
    </AccessFrame>
  );
}

function Matrix({ roles }: { roles: readonly Role[] }) {
  const { t } = useLang();
  const roleWord = useRoleWord();
  return (
    <Table<{ permission: Permission }>
      size="small"
      rowKey="permission"
      dataSource={GRANTABLE.map((permission) => ({ permission }))}
      pagination={false}
      sticky
      aria-label={t("access.tab.roles")}
      scroll={{ x: 260 + roles.length * 140 }}
      columns={[
        {
          key: "permission",
          title: t("access.permission"),
          fixed: "left",
          width: 240,
          render: (_, { permission }) => (
            <span className="bm-wrap">
              {t(`permission.${permission.replace(".", "_") as PermissionKey}`)}{" "}
              <span className="bm-muted bm-mono">{permission}</span>
            </span>
          ),
        },
        ...roles.map((role) => ({
          key: role.role,
          title: <RoleHead word={roleWord(role.role)} people={role.people} />,
          width: 140,
          render: (_: unknown, { permission }: { permission: Permission }) =>
            role.permissions.includes(permission) ? (
              <span role="img" aria-label={t("access.may")}>
                <Icon name="check" />
              </span>
            ) : (
              <span className="bm-muted">–</span>
            ),
        })),
      ]}
    />
  );
}

/** A permission's text: keys hold no dots of their own. */
type PermissionKey = keyof (typeof accessEn)["permission"];

function RoleHead({ word, people }: { word: string; people: number }) {
  const { t } = useLang();
  return (
    <span className="bm-stack-tight">
      <b className="bm-medium">{word}</b>
      <small className="bm-muted">{t("access.people", { count: people })}</small>
    </span>
  );
}

function RoleForm({ role, onDone }: { role: Role | "new"; onDone: () => void }) {
  const { t } = useLang();
  const confirm = useConfirmed();
  const create = useChange(CreateRole, [ListRoles]);
  const update = useChange(UpdateRole, [ListRoles]);
  const remove = useChange(DeleteRole, [ListRoles]);
  type Fields = { role: string; permissions: (typeof GRANTABLE)[number][] };
  const submit = async ({ role: name, permissions }: Fields) => {
    const saved =
      role === "new"
        ? create.mutateAsync({ body: { role: name, permissions } })
        : update.mutateAsync({ params: { role: role.role }, body: { permissions } });
    if (await saved.catch(() => null)) onDone();
  };
  const drop = (name: string) =>
    confirm({
      title: t("access.dropRole", { name }),
      detail: t("access.dropRoleDetail"),
      action: t("access.remove"),
      run: () => remove.mutateAsync({ params: { role: name } }).then(onDone),
    });
  const start = role === "new" ? { permissions: [] } : { role: role.role, permissions: role.permissions };
  return (
    <Form<Fields> layout="vertical" requiredMark={false} onFinish={submit} initialValues={start}>
      {role === "new" ? (
        <Form.Item
          name="role"
          label={t("common.name")}
          rules={[{ required: true, whitespace: true, max: 64, message: t("signIn.required") }]}
        >
          <Input data-first />
        </Form.Item>
      ) : null}
      <Form.Item
        name="permissions"
        label={t("access.permissions")}
        rules={[{ required: true, message: t("signIn.required") }]}
      >
        <Checkbox.Group
          className="bm-checks"
          options={GRANTABLE.map((permission) => ({
            value: permission,
            label: t(`permission.${permission.replace(".", "_") as PermissionKey}`),
          }))}
        />
      </Form.Item>
      <FormEnd error={create.error ?? update.error} isPending={create.isPending || update.isPending} />
      {role === "new" ? null : (
        <Button danger className="bm-form-second" onClick={() => drop(role.role)}>
          {t("access.remove")}…
        </Button>
      )}
    </Form>
  );
}
