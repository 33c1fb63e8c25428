import { ListUsers, Role, UpdateUser, type User } from "@banksman/wire/api";
import { App, Button, Select, Table } from "antd";
import { useEffect } from "react";
import { useChange, useRoute } from "../../api/query.ts";
import { Age } from "../../components/age.tsx";
import { Icon } from "../../components/icons.tsx";
import { ErrorState, Forbidden, ProblemText, SkeletonRows } from "../../components/states.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { useSession } from "../../shell/session.tsx";
import { PasswordForm, UserForm } from "./user-forms.tsx";

/** Everyone with an account: role, state, last sign-in. */
export default function UsersPage() {
  const { t } = useLang();
  const { can } = useSession();
  const { params, set, push } = useUrlState();
  const allowed = can("user.manage");
  const users = useRoute(ListUsers, {}, { enabled: allowed, keep: true });
  useEffect(() => {
    document.title = `${t("users.title")} · Banksman`;
  }, [t]);
  if (!allowed) return <Forbidden permission="user.manage" />;
  return (
    <div className="bm-stack">
      <div className="bm-page-head">
        <h1>{t("users.title")}</h1>
        <span className="bm-grow" />
        <Button type="primary" icon={<Icon name="plus" />} onClick={() => push({ create: "yes" })}>
          {t("users.create")}
        </Button>
      </div>
      <div className="bm-panel bm-panel-flush">
        {users.error && !users.data ? (
          <ErrorState error={users.error} onRetry={() => void users.refetch()} permission="user.manage" />
        ) : null}
        {users.isPending ? <SkeletonRows rows={4} /> : null}
        {users.data ? <UserTable users={users.data.users} onPassword={(name) => push({ password: name })} /> : null}
      </div>
      <UserForm open={params.get("create") === "yes"} onClose={() => set({ create: null })} />
      <PasswordForm username={params.get("password")} onClose={() => set({ password: null })} />
    </div>
  );
}

function UserTable({ users, onPassword }: { users: readonly User[]; onPassword: (name: string) => void }) {
  const { t } = useLang();
  const { session } = useSession();
  const { message } = App.useApp();
  const update = useChange(UpdateUser, [ListUsers]);
  const change = (user: User, body: { role?: Role; disabled?: boolean }) =>
    update
      .mutateAsync({ params: { username: user.username }, body })
      .catch((error: unknown) => void message.error(<ProblemText error={error} />));
  const roles = Role.options.map((role) => ({ value: role, label: t(`users.role_${role}`) }));
  const isMe = (user: User) => user.username === session.username;
  return (
    <Table<User>
      size="small"
      rowKey="username"
      dataSource={users}
      pagination={false}
      aria-label={t("users.title")}
      scroll={{ x: 640 }}
      rowClassName={(user) => (user.disabled ? "bm-row-off" : "")}
      columns={[
        {
          key: "user",
          title: t("users.user"),
          render: (_, user) => (
            <>
              <b className="bm-medium">{user.username}</b>{" "}
              {isMe(user) ? <span className="bm-muted">{t("users.you")}</span> : null}
            </>
          ),
        },
        {
          key: "role",
          title: t("users.role"),
          width: 160,
          render: (_, user) => (
            <Select
              size="small"
              className="bm-role"
              aria-label={`${t("users.role")}, ${user.username}`}
              value={user.role}
              options={roles}
              // Whoever takes the last administrator's role away locks everybody out.
              disabled={isMe(user)}
              onChange={(role) => void change(user, { role })}
            />
          ),
        },
        {
          key: "state",
          title: t("users.state"),
          width: 110,
          render: (_, user) => (user.disabled ? t("users.disabled") : t("users.active")),
        },
        {
          key: "seen",
          title: t("users.lastSignIn"),
          width: 130,
          render: (_, user) =>
            user.last_signed_in_at === null ? t("common.never") : <Age at={user.last_signed_in_at} ago />,
        },
        {
          key: "do",
          title: <span className="bm-spoken">{t("common.actions")}</span>,
          align: "right",
          render: (_, user) =>
            isMe(user) ? null : (
              <span className="bm-buttons bm-buttons-end">
                <Button size="small" onClick={() => onPassword(user.username)}>
                  {t("users.setPassword")}
                </Button>
                <Button
                  size="small"
                  danger={!user.disabled}
                  onClick={() => void change(user, { disabled: !user.disabled })}
                >
                  {user.disabled ? t("users.enable") : t("users.disable")}
                </Button>
              </span>
            ),
        },
      ]}
    />
  );
}
