import * as api from "@banksman/wire/api";
import type { FakeReply, FakeRequest } from "./fake-routes.ts";
import type { FakeState } from "./fake-state.ts";

const ok = (data: unknown): FakeReply => ({ status: 200, body: { success: true, data } });
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
const ahead = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

const CHROME =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
const session = (n: number, username: string): api.ListedSession => ({
  session_id: `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`,
  username,
  method: n % 2 === 0 ? "password" : "totp",
  created_at: ago(60 * (n + 1)),
  seen_at: ago(n),
  ends_at: ahead(1),
  address: `10.20.0.${n + 1}`,
  user_agent: n === 2 ? null : CHROME,
  is_this: n === 0,
});
const token = (n: number): api.ApiToken => ({
  token_id: n,
  name: n === 1 ? "monthly report" : "dashboard in the hall",
  hint: "bmt_Zk3q…",
  username: n === 1 ? "admin" : "li.wei",
  permissions: ["reading.read", "site.read", "alert.read", "pool.read"],
  scope: n === 1 ? { of: "all" } : { of: "container", site_id: "1", container: "C06" },
  created_at: ago(9_000),
  expires_at: ahead(80),
  last_used_at: n === 1 ? ago(3) : null,
  revoked_at: n === 3 ? ago(10) : null,
});
const provider: api.SignInProvider = {
  provider: "works",
  title: "Works account",
  issuer: "https://login.example.com",
  client_id: "banksman",
  scopes: "openid profile groups",
  group_claim: "groups",
  mappings: [{ group: "night shift", grant: { role: "operator", scope: { of: "site", site_id: "1" } } }],
  enabled: true,
  has_secret: true,
  redirect_uri: "https://mine.example/api/session/providers/works/callback",
  updated_at: ago(500),
  updated_by: "admin",
};
const keys: api.Keys = {
  signing: [
    { kid: "6f0d0b52-93a8-4f0a-9f5a-08a1a4cf6a11", created_at: ago(2_000), signs: true },
    { kid: "1f7e2b8c-0c4e-45a8-9a1b-5a0f7b1f3c22", created_at: ago(46_000), signs: false },
  ],
  secrets: { source: "file", current: 12, older: 0, unreadable: 0 },
};
const builtIn = api.BuiltInRole.options.map((role) => ({
  role,
  origin: "built-in",
  permissions: api.ROLE_PERMISSIONS[role],
  people: 1,
  updated_at: null,
  updated_by: null,
}));
const own = {
  role: "Night shift 夜班",
  origin: "own",
  permissions: ["reading.read", "site.read", "alert.read", "alert.ack", "command.read", "command.give"],
  people: 4,
  updated_at: ago(400),
  updated_by: "admin",
};
const factors: api.SecondFactors = { totp: false, passkeys: [], recovery_codes: 0, passkeys_possible: true };

/** What the authenticator app of the test shows. */
export const TOTP_CODE = "123456";
const TOTP_SECRET = "JBSWY3DPEHPK3PXP";
const detail = "this code is not right";
const wrongCode: FakeReply = {
  status: 400,
  body: { success: false, error: detail, detail, code: "WRONG_CODE", status: 400 },
};

type Handler = (state: FakeState, params: Record<string, string>, request: FakeRequest) => FakeReply;

/** Accounts and rights, as the fake server answers them. */
export const accessHandlers: readonly [api.Route, Handler][] = [
  [api.ListRoles, () => ok({ roles: [...builtIn, own] })],
  [
    api.ListSessions,
    () => ok({ sessions: [0, 1, 2].map((n) => session(n, n === 1 ? "li.wei" : "admin")), people_online: 2 }),
  ],
  [api.ListOwnSessions, () => ok({ sessions: [0, 1].map((n) => session(n, "admin")) })],
  [api.ListApiTokens, () => ok({ tokens: [1, 2, 3].map(token) })],
  [api.ListOwnApiTokens, () => ok({ tokens: [token(1)] })],
  [api.ListProviders, () => ok({ providers: [provider] })],
  [api.GetKeys, () => ok(keys)],
  [api.GetSecondFactors, (state) => ok({ ...factors, totp: state.hasTotp, recovery_codes: state.hasTotp ? 10 : 0 })],
  [api.BeginTotp, () => ok({ secret: TOTP_SECRET, uri: `otpauth://totp/Banksman:admin?secret=${TOTP_SECRET}` })],
  [
    api.ConfirmTotp,
    (state, _params, { body }) => {
      if (api.ConfirmTotp.body?.parse(body).code !== TOTP_CODE) return wrongCode;
      state.hasTotp = true;
      const recovery_codes = ["abcd-efgh", "ijkl-mnop"];
      return ok({ factors: { ...factors, totp: true, recovery_codes: recovery_codes.length }, recovery_codes });
    },
  ],
];
