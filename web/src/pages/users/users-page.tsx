import { ListUsers, UpdateUser, type User } from "@banksman/wire/api";
import { App, Button } from "antd";
import { useChange, useRoute } from "../../api/query.ts";
import { Age } from "../../components/age.tsx";
import { Icon } from "../../components/icons.tsx";
import { ProblemText } from "../../components/states.tsx";
import { useConfirmed } from "../../components/use-confirmed.tsx";
import { MISSING } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useRoleWord } from "../../hooks/use-role-word.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { useSession } from "../../shell/session.tsx";
import { AccessFrame } from "../access/access-frame.tsx";
import { GrantsForm } from "../access/grants-form.tsx";
import { type RowColumn, RowTable } from "../access/row-table.tsx";
import { useScopeWords } from "../access/scope-words.ts";
import { PasswordForm, UserForm } from "./user-forms.tsx";

/** Everyone with an account: roles and where, second factor, state, last sign-in. */
export default function UsersPage() {
  const { t } = useLang();
  const { canEverywhere } = useSession();
  const { params, set, push } = useUrlState();
  const users = useRoute(ListUsers, {}, { enabled: canEverywhere("user.manage"), keep: true });
  const columns = useColumns(
    (name) => push({ password: name }),
    (name) => push({ grants: name }),
  );
  const edited = users.data?.users.find(({ username }) => username === params.get("grants")) ?? null;
  const add = (
    <Button type="primary" icon={<Icon name="plus" />} onClick={() => push({ create: "yes" })}>
      {t("users.create")}
    </Button>
  );
  return (
    <AccessFrame tab="users" extra={add}>
      <section className="bm-panel bm-panel-flush" aria-label={t("users.title")}>
        <RowTable
          rows={users.data?.users}
          columns={columns}
          keyOf={({ username }) => username}
          label={t("users.title")}
          empty={{ icon: "users", title: t("users.title"), detail: t("users.create") }}
          error={users.error}
          onRetry={() => void users.refetch()}
          isOff={({ disabled }) => disabled}
        />
      </section>
      <UserForm open={params.get("create") === "yes"} onClose={() => set({ create: null })} />
      <PasswordForm username={params.get("password")} onClose={() => set({ password: null })} />
      <GrantsForm user={edited} onClose={() => set({ grants: null })} />
    </AccessFrame>
  );
}

function useColumns(onPassword: (name: string) => void, onGrants: (name: string) => void): RowColumn<User>[] {
  const { t } = useLang();
  const { session } = useSession();
  const { message } = App.useApp();
  const confirm = useConfirmed();
  const update = useChange(UpdateUser, [ListUsers]);
  const change = ({ username }: User, body: { disabled?: boolean; remove_second_factor?: true }) =>
    update.mutateAsync({ params: { username }, body });
  const complain = (error: unknown) => void message.error(<ProblemText error={error} />);
  const isMe = (user: User) => user.username === session.username;
  const askFactor = (user: User) =>
    confirm({
      title: t("access.dropFactorTitle", { name: user.username }),
      detail: t("access.dropFactorDetail"),
      action: t("access.remove"),
      run: () => change(user, { remove_second_factor: true }),
    });
  const askDisable = (user: User) =>
    confirm({
      title: t("users.disableTitle", { name: user.username }),
      detail: t("users.disableDetail"),
      action: t("users.disable"),
      run: () => change(user, { disabled: true }),
    });
  return [
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
    { key: "grants", title: t("access.grants"), render: (_, user) => <Grants user={user} /> },
    {
      key: "factor",
      title: t("access.secondFactor"),
      render: (_, { has_second_factor }) => t(has_second_factor ? "access.has" : "access.hasNot"),
    },
    {
      key: "state",
      title: t("users.state"),
      render: (_, { disabled }) => t(disabled ? "users.disabled" : "users.active"),
    },
    {
      key: "seen",
      title: t("users.lastSignIn"),
      render: (_, { last_signed_in_at }) =>
        last_signed_in_at === null ? t("common.never") : <Age at={last_signed_in_at} ago />,
    },
    {
      key: "do",
      title: <span className="bm-spoken">{t("common.actions")}</span>,
      align: "right",
      // Whoever takes the last administrator's role away locks everybody out.
      render: (_, user) =>
        isMe(user) ? null : (
          <span className="bm-buttons bm-buttons-end">
            <Button size="small" onClick={() => onGrants(user.username)}>
              {t("access.changeGrants")}
            </Button>
            {user.has_password ? (
              <Button size="small" onClick={() => onPassword(user.username)}>
                {t("users.setPassword")}
              </Button>
            ) : null}
            {user.has_second_factor ? (
              <Button size="small" onClick={() => askFactor(user)}>
                {t("access.dropFactor")}
              </Button>
            ) : null}
            <Button
              size="small"
              danger={!user.disabled}
              onClick={() =>
                user.disabled ? void change(user, { disabled: false }).catch(complain) : askDisable(user)
              }
            >
              {user.disabled ? t("users.enable") : t("users.disable")}
            </Button>
          </span>
        ),
    },
  ];
}

function Grants({ user }: { user: User }) {
  const roleWord = useRoleWord();
  const scopeWords = useScopeWords();
  if (user.grants.length === 0) return <span className="bm-muted">{MISSING}</span>;
  return (
    <ul className="bm-inline-list">
      {user.grants.map(({ role, scope }) => (
        <li key={`${role} ${JSON.stringify(scope)}`}>
          {roleWord(role)} <span className="bm-secondary">{scopeWords(scope)}</span>
        </li>
      ))}
    </ul>
  );
}
