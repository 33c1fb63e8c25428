import type { Permission, Role } from "@banksman/wire/api";
import { type Caller, nameOf } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import type { RoleStore } from "./roles-store.ts";

export type RoleService = ReturnType<typeof roleService>;

/** Roles of one's own. Nobody makes one that may do more than they may themselves. */
export const roleService = (store: RoleStore) => {
  const find = async (name: string): Promise<Role> => {
    const role = (await store.list()).find((one) => one.role === name);
    if (!role) throw problem(404, "NO_SUCH_ROLE", `there is no role "${name}"`, { path: "role" });
    return role;
  };
  const own = async (name: string): Promise<Role> => {
    const role = await find(name);
    if (role.origin === "built-in")
      throw problem(409, "ROLE_BUILT_IN", `"${name}" is built in; make a role of your own instead`, { path: "role" });
    return role;
  };
  const refuseMore = (by: Caller, permissions: readonly Permission[]) => {
    const missing = permissions.find((word) => by.is !== "person" || by.reach.get(word) !== "all");
    if (missing !== undefined)
      throw problem(403, "MORE_THAN_YOURS", `you don't hold ${missing} everywhere yourself`, { path: "permissions" });
  };
  return {
    list: store.list,
    find,
    create: async (name: string, permissions: readonly Permission[], by: Caller): Promise<Role> => {
      refuseMore(by, permissions);
      const taken = (await store.list()).some(({ role }) => role.toLowerCase() === name.toLowerCase());
      if (taken || !(await store.create(name, permissions, nameOf(by))))
        throw problem(409, "ROLE_EXISTS", `there is a role "${name}" already`, { path: "role" });
      return find(name);
    },
    update: async (name: string, permissions: readonly Permission[], by: Caller): Promise<Role> => {
      const before = await own(name);
      refuseMore(by, [...before.permissions, ...permissions]);
      await store.update(name, permissions, nameOf(by));
      return find(name);
    },
    remove: async (name: string): Promise<null> => {
      await own(name);
      if (!(await store.remove(name)))
        throw problem(409, "ROLE_IN_USE", `somebody holds "${name}"; take it from them first`, { path: "role" });
      return null;
    },
  };
};
