import { type Grant, ListRoles, ListUsers, UpdateUser, type User } from "@banksman/wire/api";
import { Button, Form, Select } from "antd";
import { useChange, useRoute } from "../../api/query.ts";
import { FormEnd } from "../../components/form-end.tsx";
import { Icon } from "../../components/icons.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useRoleWord } from "../../hooks/use-role-word.ts";
import { type ScopeDraft, ScopeFields, toScope } from "./scope-fields.tsx";

export type GrantDraft = { role: string; scope: ScopeDraft };
export const toGrants = (drafts: readonly GrantDraft[]): Grant[] =>
  drafts.map(({ role, scope }) => ({ role, scope: toScope(scope) }));

/** Which roles somebody holds, and where. */
export function GrantsForm({ user, onClose }: { user: User | null; onClose: () => void }) {
  const { t } = useLang();
  return (
    <SideDrawer open={user !== null} title={t("access.grantsOf", { name: user?.username ?? "" })} onClose={onClose}>
      {user ? <Fields user={user} onDone={onClose} /> : null}
    </SideDrawer>
  );
}

function Fields({ user, onDone }: { user: User; onDone: () => void }) {
  const { t } = useLang();
  const update = useChange(UpdateUser, [ListUsers]);
  const submit = async ({ grants }: { grants: GrantDraft[] }) => {
    const params = { username: user.username };
    const done = await update.mutateAsync({ params, body: { grants: toGrants(grants) } }).catch(() => null);
    if (done) onDone();
  };
  return (
    <Form layout="vertical" requiredMark={false} onFinish={submit} initialValues={{ grants: user.grants }}>
      <GrantList name="grants" />
      <FormEnd error={update.error} isPending={update.isPending} />
      <p className="bm-secondary">{t("access.grantsHelp")}</p>
    </Form>
  );
}

/** The grants of a form, one below the other. */
export function GrantList({ name }: { name: string }) {
  const { t } = useLang();
  return (
    <Form.List name={name}>
      {(fields, { add, remove }) => (
        <div className="bm-stack bm-form-list">
          {fields.map((field) => (
            <fieldset key={field.key} className="bm-fieldset">
              <legend>{t("access.grant", { n: field.name + 1 })}</legend>
              <RoleField name={[field.name, "role"]} />
              <ScopeFields name={[field.name, "scope"]} path={[name, field.name, "scope"]} />
              <Button size="small" onClick={() => remove(field.name)}>
                {t("access.removeGrant")}
              </Button>
            </fieldset>
          ))}
          <Button
            icon={<Icon name="plus" />}
            onClick={() => add({ role: "viewer", scope: { of: "all" } } satisfies GrantDraft)}
          >
            {t("access.addGrant")}
          </Button>
        </div>
      )}
    </Form.List>
  );
}

export function RoleField({ name }: { name: (string | number)[] }) {
  const { t } = useLang();
  const roleWord = useRoleWord();
  const roles = useRoute(ListRoles, {}).data?.roles ?? [];
  return (
    <Form.Item name={name} label={t("users.role")} rules={[{ required: true, message: t("signIn.required") }]}>
      <Select options={roles.map(({ role }) => ({ value: role, label: roleWord(role) }))} />
    </Form.Item>
  );
}
