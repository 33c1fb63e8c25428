import * as api from "@banksman/wire/api";
import type { FakeReply, FakeRequest } from "./fake-routes.ts";
import type { FakeState } from "./fake-state.ts";

const ok = (data: unknown): FakeReply => ({ status: 200, body: { success: true, data } });
const problem = (status: number, code: string, detail: string): FakeReply => ({
  status,
  body: { success: false, error: detail, type: "about:blank", title: code, status, code, detail },
});
const at = () => new Date().toISOString();

function paged<Row>(rows: readonly Row[], query: URLSearchParams) {
  const page = Number(query.get("page") ?? 1);
  const per_page = Number(query.get("per_page") ?? 50);
  const pagination = { page, per_page, total: rows.length, pages: Math.ceil(rows.length / per_page) };
  return { rows: rows.slice((page - 1) * per_page, page * per_page), pagination };
}

type Handler = (state: FakeState, params: Record<string, string>, request: FakeRequest) => FakeReply;

const listUsers: Handler = ({ pool }, _, { query }) => {
  const users = query.get("sort") === "puid" ? pool.users().toReversed() : pool.users();
  const { rows, pagination } = paged(users, query);
  return ok({ at: at(), users: rows, pagination });
};

const getUser: Handler = ({ pool }, { puid = "" }) => {
  const user = pool.user(puid);
  if (!user) return problem(404, "NO_SUCH_USER", `user ${puid} has no live workers`);
  return ok({ at: at(), ...user, reject_reasons: pool.totals().reject_reasons });
};

const listWorkers: Handler = ({ pool }, { puid = "" }, { query }) => {
  const user = pool.user(puid);
  if (!user) return problem(404, "NO_SUCH_USER", `user ${puid} has no live workers`);
  const { rows, pagination } = paged(pool.workers(user), query);
  return ok({ at: at(), workers: rows, pagination });
};

const topWorkers: Handler = ({ pool }) => {
  const [first] = pool.users();
  return ok({ at: at(), workers: first ? pool.workers(first).slice(0, 10) : [] });
};

/** What the server answers of its pool. */
export const poolHandlers: readonly [api.Route, Handler][] = [
  [
    api.ListPools,
    ({ pool }) => ok({ live: pool.live, pools: pool.stored ? [{ site_id: "1", pool: "main", newest_at: at() }] : [] }),
  ],
  [api.GetPool, ({ pool }) => ok(pool.totals())],
  [api.ListPoolUsers, listUsers],
  [api.GetPoolUser, getUser],
  [api.ListPoolWorkers, listWorkers],
  [api.ListTopPoolWorkers, topWorkers],
  [api.GetPoolSeries, ({ pool }, _, { query }) => ok(pool.series(Number(query.get("minutes") ?? 60)))],
  [api.GetPoolHistory, ({ pool }, _, { query }) => ok(pool.history(Number(query.get("hours") ?? 24)))],
];
