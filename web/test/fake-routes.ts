import * as api from "@banksman/wire/api";
import { METRIC_UNITS, Metric } from "@banksman/wire/model";
import { accessHandlers, TOTP_CODE } from "./fake-access.ts";
import { administrationHandlers } from "./fake-administration.ts";
import { alertHandlers } from "./fake-alerts.ts";
import { automationHandlers } from "./fake-automations.ts";
import { commandHandlers } from "./fake-commands.ts";
import { coolingHandlers } from "./fake-cooling.ts";
import { customerHandlers } from "./fake-customers.ts";
import { compareRows, makeDetail, seeded, summarise, toCell } from "./fake-fleet.ts";
import { jobHandlers } from "./fake-jobs.ts";
import { poolAccountHandlers } from "./fake-pool-accounts.ts";
import { poolHandlers } from "./fake-pool-routes.ts";
import { reportHandlers } from "./fake-reports.ts";
import type { FakeState } from "./fake-state.ts";
import { videoHandlers } from "./fake-video.ts";

export type FakeRequest = { method: string; path: string; query: URLSearchParams; body: unknown; signedIn: boolean };
/** `cookie` is the session's value; `setCookie` a whole header. */
export type FakeReply = { status: number; body: unknown; cookie?: string; setCookie?: string };

const ok = (data: unknown): FakeReply => ({ status: 200, body: { success: true, data } });
const problem = (status: number, code: string, detail: string): FakeReply & { body: object } => ({
  status,
  body: { success: false, error: detail, type: "about:blank", title: code, status, code, detail },
});

const forbidden = (code: string, needs: api.Permission): FakeReply => {
  const { status, body } = problem(403, code, `you may not do this (${needs}); an admin can change that`);
  return { status, body: { ...body, needs } };
};

/** What a route answers, from its parameters. */
type Handler = (state: FakeState, params: Record<string, string>, request: FakeRequest) => FakeReply;

/** Whoever is signed in holds their role everywhere, at one site, in one container, or for one customer. */
function rightsOf({ role, customer, container, atSite }: FakeState): Pick<api.Session, "permissions" | "reach"> {
  const held = api.ROLE_PERMISSIONS[role].filter(
    (word) => customer === null || api.CUSTOMER_PERMISSIONS.includes(word),
  );
  const some = { containers: container === null ? [] : [container], customers: customer === null ? [] : [customer] };
  const isSome = some.containers.length + some.customers.length > 0;
  const where = atSite ? { "1": "site" as const } : isSome ? { "1": some } : ("all" as const);
  return { permissions: ["session", ...held], reach: Object.fromEntries(held.map((word) => [word, where])) };
}

const session = (state: FakeState) => ({
  username: "admin",
  role: state.role,
  ...rightsOf(state),
  expires_at: new Date(Date.now() + 3_600_000).toISOString(),
});

function history(
  state: FakeState,
  { site_id = "", miner_id = "" }: Record<string, string>,
  { query }: FakeRequest,
): FakeReply {
  const row = state.rowsOf(site_id).find((one) => one.miner_id === miner_id);
  if (!row) return problem(404, "miner.unknown", "no such miner");
  const metric = Metric.parse(query.get("metric") ?? "hashrate_ghs");
  const hours = Number(query.get("hours") ?? 24);
  const base = {
    hashrate_ghs: row.hashrate_ghs,
    temperature_max: row.temperature_max,
    temperature_avg: row.temperature_avg,
    fan_speeds: 5_890,
    power_consumption: row.power_consumption,
  };
  const level = Object.entries(base).find(([name]) => name === metric)?.[1] ?? 100;
  const points = series(hours, level, metric.length);
  const fans =
    metric === "fan_speeds"
      ? { series: [1, 2, 3, 4].map((fan) => ({ name: `fan ${fan}`, points: series(hours, 5_800 + 40 * fan, fan) })) }
      : {};
  return ok({
    miner_id,
    metric,
    unit: METRIC_UNITS[metric],
    resolution_seconds: (hours * 3_600) / 240,
    points,
    ...fans,
  });
}

/** A level with a little noise, and a gap in its first half. */
function series(hours: number, level: number | null, seed: number) {
  const random = seeded(seed * 977 + 1);
  const step = (hours * 3_600_000) / 240;
  const start = Date.now() - hours * 3_600_000;
  return Array.from({ length: 240 }, (_, index) => {
    const timestamp = new Date(start + index * step).toISOString();
    if (level === null || (index > 80 && index < 90)) return { timestamp, min: null, avg: null, max: null };
    const avg = level * (0.99 + random() * 0.02);
    return { timestamp, min: avg * 0.985, avg, max: avg * 1.012 };
  });
}

function latest(state: FakeState, { site_id = "" }: Record<string, string>, { query }: FakeRequest): FakeReply {
  const wanted = api.LatestQuery.parse(Object.fromEntries(query));
  const found = state.rowsOf(site_id).filter((row) => {
    const text = `${row.miner_id} ${row.ip_address} ${row.mac} ${row.worker_name}`.toLowerCase();
    if (wanted.q && !text.includes(wanted.q.toLowerCase())) return false;
    if (wanted.online !== undefined && row.online !== wanted.online) return false;
    if (wanted.model && row.model !== wanted.model) return false;
    if (wanted.rack && row.rack !== wanted.rack) return false;
    return !wanted.status || wanted.status.includes(row.health);
  });
  const sorted = found.toSorted(compareRows(wanted.sort, wanted.order));
  const from = (wanted.page - 1) * wanted.per_page;
  const pagination = {
    page: wanted.page,
    per_page: wanted.per_page,
    total: found.length,
    pages: Math.ceil(found.length / wanted.per_page),
  };
  return ok({ miners: sorted.slice(from, from + wanted.per_page), pagination });
}

function siteHistory(state: FakeState, { site_id = "" }: Record<string, string>): FakeReply {
  const summary = summarise(site_id, state.rowsOf(site_id));
  const points = series(24, summary.hashrate_ghs, 3).map(({ timestamp, avg }) => ({
    timestamp,
    hashrate_ghs: avg,
    expected_hashrate_ghs: summary.expected_hashrate_ghs,
    power_consumption: avg === null ? null : summary.power_consumption,
    temperature_max: summary.temperature_max,
    online: summary.online,
    total: summary.total,
  }));
  return ok({ site_id, resolution_seconds: 360, points });
}

function sparklines(state: FakeState, { site_id = "" }: Record<string, string>, { query }: FakeRequest): FakeReply {
  const wanted = new Set((query.get("miner_ids") ?? "").split(","));
  const rows = state.rowsOf(site_id).filter((row) => wanted.has(row.miner_id));
  const line = (level: number | null, seed: number) => {
    const random = seeded(seed);
    return Array.from({ length: 24 }, (_, index) =>
      level === null ? (index < 9 ? 190_000 : null) : level * (0.97 + random() * 0.06),
    );
  };
  return ok({
    sparklines: Object.fromEntries(rows.map((row, index) => [row.miner_id, line(row.hashrate_ghs, index + 1)])),
  });
}

function createKey(state: FakeState, _: unknown, { body }: FakeRequest): FakeReply {
  const { name } = api.CreateCollectorKey.body.parse(body);
  const secret = `hsc_${"0123456789abcdef".repeat(4)}`;
  const key = {
    key_id: state.keys.length + 1,
    name,
    hint: secret.slice(0, 8),
    created_at: new Date().toISOString(),
    created_by: "admin",
    last_used_at: null,
    revoked_at: null,
  };
  state.keys = [key, ...state.keys];
  return ok({ ...key, collector_key: secret });
}

function collectorStatus(state: FakeState, _: unknown, { query }: FakeRequest): FakeReply {
  const at = new Date(Date.now() - state.ageSeconds * 1_000).toISOString();
  const collector = {
    collector_id: "edge-north",
    key_name: "collector",
    version: "0.1.0",
    interval_seconds: 30,
    last_upload_at: at,
    last_readings: state.rows.length,
    backlog_batches: state.backlog,
    clock_skew_ms: 1_240,
    address: "10.1.0.2",
  };
  const site_id = query.get("site_id") ?? "1";
  return ok({
    site_id,
    server_time: new Date().toISOString(),
    collectors: state.rowsOf(site_id).length === 0 ? [] : [collector],
  });
}

const miner: Handler = (state, { site_id = "", miner_id = "" }) => {
  const row = state.rowsOf(site_id).find((one) => one.miner_id === miner_id);
  return row ? ok(makeDetail(row)) : problem(404, "miner.unknown", "no such miner");
};

const events: Handler = () => {
  const at = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
  return ok({
    events: [
      { at: at(8), kind: "health", from: "hashing", to: "degraded" },
      { at: at(9), kind: "faults", from: null, to: "J3:1" },
      { at: at(340), kind: "reboot", from: null, to: null },
      {
        at: at(2_900),
        kind: "pool",
        from: "stratum+tcp://old.example.com:3333",
        to: "stratum+tcp://btc.example.com:3333",
      },
    ],
  });
};

function profitability(state: FakeState): FakeReply {
  const sites = state.sites().map(({ site_id, name }) => ({
    site_id,
    name,
    tariff: state.market.tariff,
    ...state.market.profitOf(state.rowsOf(site_id)),
  }));
  const models = [...Map.groupBy(state.rows, (row) => row.model)].map(([model, rows]) => ({
    model,
    ...state.market.profitOf(rows),
  }));
  return ok({
    total: state.market.profitOf(state.noSites ? [] : state.rows),
    sites,
    models: state.noSites ? [] : models,
  });
}

function minerProfits(state: FakeState, { site_id = "" }: Record<string, string>, { query }: FakeRequest): FakeReply {
  const rows = state.rowsOf(site_id).filter((row) => row.online && (row.hashrate_ghs ?? 0) > 0);
  const from = (Number(query.get("page") ?? 1) - 1) * 50;
  const miners = rows
    .slice(from, from + 50)
    .map((row) => ({ site_id, miner_id: row.miner_id, model: row.model, ...state.market.profitOf([row]) }));
  return ok({ miners, total: rows.length });
}

function setMarket(state: FakeState, _: unknown, { body }: FakeRequest): FakeReply {
  const { btc_price, pool_fee } = api.SetMarket.body.parse(body);
  const { market } = state.market;
  if (btc_price != null)
    market.inputs.btc_price = { value: btc_price, origin: "manual", source: "admin", at: new Date().toISOString() };
  if (pool_fee !== undefined) market.pool_fee = pool_fee;
  return ok(market);
}

function setTariff(state: FakeState, _: unknown, { body }: FakeRequest): FakeReply {
  state.market.tariff = api.SetTariff.body.parse(body);
  return ok(state.market.tariff);
}

const handlers: readonly [api.Route, Handler][] = [
  [api.GetSession, (state) => ok(session(state))],
  [api.SignOut, () => ({ ...ok(null), cookie: "" })],
  [
    api.ChangePassword,
    (_, __, { body }) =>
      api.ChangePassword.body.parse(body).current === "right" ? ok(null) : problem(403, "password.wrong", "wrong"),
  ],
  [api.ListUsers, (state) => ok({ users: state.users })],
  ...accessHandlers,
  ...customerHandlers,
  [
    api.CreateUser,
    (state, _, { body }) => {
      const { username, role = null } = api.CreateUser.body.parse(body);
      const user = {
        username,
        role,
        grants: [],
        disabled: false,
        has_password: true,
        has_second_factor: false,
        created_at: new Date().toISOString(),
        last_signed_in_at: null,
      };
      state.users = [...state.users, user];
      return ok(user);
    },
  ],
  [
    api.UpdateUser,
    (state, { username }, { body }) => {
      const { password: _password, ...change } = api.UpdateUser.body.parse(body);
      state.users = state.users.map((user) =>
        user.username === username
          ? { ...user, role: change.role ?? user.role, disabled: change.disabled ?? user.disabled }
          : user,
      );
      return ok(state.users.find((user) => user.username === username));
    },
  ],
  [api.ListSites, (state) => ok({ sites: state.sites() })],
  [
    api.CreateSite,
    (state, _, { body }) => {
      const { site_id, name } = api.CreateSite.body.parse(body);
      if (state.sites().some((site) => site.site_id === site_id)) {
        const refused = problem(409, "SITE_EXISTS", `there is a site "${site_id}" already`);
        return { ...refused, body: { ...Object(refused.body), path: "site_id" } };
      }
      state.extraSites.push({ site_id, name });
      return ok(state.sites().find((site) => site.site_id === site_id));
    },
  ],
  [
    api.GetSite,
    (state, { site_id }) => {
      const site = state.sites().find((one) => one.site_id === site_id);
      return site ? ok(site) : problem(404, "site.unknown", "no such site");
    },
  ],
  [api.GetSummary, (state, { site_id = "" }) => ok(summarise(site_id, state.rowsOf(site_id)))],
  [api.GetLatest, latest],
  [api.GetHistory, history],
  [api.GetMiner, miner],
  [api.GetMinerEvents, events],
  [api.GetSiteHistory, siteHistory],
  [api.GetRacks, (state, { site_id = "" }) => ok({ cells: state.rowsOf(site_id).map(toCell) })],
  [api.GetSparklines, sparklines],
  [api.GetMarket, (state) => ok(state.market.market)],
  [api.SetMarket, setMarket],
  [api.SetTariff, setTariff],
  [api.GetProfitability, profitability],
  [api.GetMinerProfits, minerProfits],
  ...alertHandlers,
  ...commandHandlers,
  ...coolingHandlers,
  ...jobHandlers,
  ...reportHandlers,
  ...poolHandlers,
  ...poolAccountHandlers,
  ...administrationHandlers,
  ...automationHandlers,
  ...videoHandlers,
  [api.GetCollectorStatus, collectorStatus],
  [api.ListCollectorKeys, (state) => ok({ keys: state.keys })],
  [api.CreateCollectorKey, createKey],
  [
    api.RevokeCollectorKey,
    (state, { key_id }) => {
      state.keys = state.keys.map((key) =>
        key.key_id === Number(key_id) ? { ...key, revoked_at: new Date().toISOString() } : key,
      );
      return ok(state.keys.find((key) => key.key_id === Number(key_id)));
    },
  ],
];

/** Answers a request by the wire's route table. */
export function answer(state: FakeState, request: FakeRequest): FakeReply {
  state.requests.push(`${request.method} ${request.path}`);
  if (request.method === "POST" && request.path === api.SignIn.path) return signIn(state, request.body);
  if (request.method === "POST" && request.path === api.SignInSecondFactor.path) return showFactor(state, request.body);
  if (request.path === api.ListSignInProviders.path) return ok({ providers: state.providers });
  if (!request.signedIn) return problem(401, "session.none", "not signed in");
  for (const [route, handler] of handlers) {
    const params = match(route, request);
    if (params === null) continue;
    if ([...state.broken].some((path) => route.path === path))
      return problem(500, "store.timeout", "The store did not answer.");
    if (!session(state).permissions.includes(route.needs)) return forbidden("NOT_ALLOWED", route.needs);
    const ofSite = !state.atSite || route.at === "anywhere" || "site_id" in params;
    const suffices = [
      route.needs === "session" || route.at === "miners",
      state.customer === null && (state.container === null ? ofSite : route.at === "container"),
    ];
    if (!suffices.includes(true)) return forbidden("NOT_ALLOWED_HERE", route.needs);
    return handler(state, params, request);
  }
  return problem(404, "route.unknown", "no such route");
}

function signIn(state: FakeState, body: unknown): FakeReply {
  const { username, password } = api.SignIn.body.parse(body);
  if (password !== "right") return problem(401, "session.wrong", "wrong user or password");
  if (state.hasTotp) return ok({ ticket: username, factors: ["totp", "recovery code"], passkey_options: null });
  return signedIn(state, username);
}

function showFactor(state: FakeState, body: unknown): FakeReply {
  const { ticket, code } = api.SignInSecondFactor.body.parse(body);
  return code === TOTP_CODE ? signedIn(state, ticket) : problem(401, "WRONG_CODE", "this is not right");
}

function signedIn(state: FakeState, username: string): FakeReply {
  state.sessionEnded = false;
  return { ...ok({ ...session(state), username }), cookie: "1" };
}

/** The parameters of a path that fits a route, or null. */
function match(route: api.Route, request: FakeRequest): Record<string, string> | null {
  if (route.method !== request.method) return null;
  const [wanted, given] = [route.path.split("/"), request.path.split("/")];
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const text = decodeURIComponent(given[index] ?? "");
    if (part.startsWith(":")) params[part.slice(1)] = text;
    else if (part !== text) return null;
  }
  return params;
}
