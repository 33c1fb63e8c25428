import { CreateRole, CreateUser, DeleteRole, ListRoles, ListUsers, UpdateRole, UpdateUser } from "@banksman/wire/api";
import type { Api } from "../http/api.ts";
import type { RoleService } from "./roles.ts";
import type { IdentityService } from "./service.ts";

export function identityRoutes(api: Api, identity: IdentityService, roles: RoleService): void {
  api.on(ListUsers, async () => ({ users: await identity.users() }));
  api.on(CreateUser, ({ body, caller }) => identity.createUser(body, caller));
  api.on(UpdateUser, async ({ params, body, caller, audit }) => {
    audit.note({ before: await identity.user(params.username) });
    return identity.updateUser(params.username, body, caller);
  });
  api.on(ListRoles, async () => ({ roles: await roles.list() }));
  api.on(CreateRole, ({ body, caller }) => roles.create(body.role, body.permissions, caller));
  api.on(UpdateRole, async ({ params, body, caller, audit }) => {
    audit.note({ before: await roles.find(params.role) });
    return roles.update(params.role, body.permissions, caller);
  });
  api.on(DeleteRole, async ({ params, audit }) => {
    audit.note({ before: await roles.find(params.role) });
    return roles.remove(params.role);
  });
}
