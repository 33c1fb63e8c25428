import assert from "node:assert/strict";
import { waitFor } from "@banksman/testkit";
import type { Grant, Route } from "@banksman/wire/api";
import * as api from "@banksman/wire/api";
import { curtailment, OTHER, SECRET } from "./scope-attempts.ts";
import { siteWithKey, type TestServer } from "./test-server.ts";

const exported: readonly unknown[] = Object.values(api);
/** Every route of the wire. */
export const routes = exported.filter(
  (value): value is Route => typeof value === "object" && value !== null && "needs" in value && "method" in value,
);
export const isOfPerson = ({ needs }: Route) => !["public", "session", "reading.upload"].includes(needs);
/** Whether a route tells of several sites, so that it has to keep to those that are reached. */
export const isAcross = ({ at, path }: Route) => at === "anywhere" || (at === "miners" && !path.includes(":site_id"));

const PASSWORD = "another-long-password";

export type World = Awaited<ReturnType<typeof buildWorld>>;

/** A recording needs a camera that plays: those are in video/recordings.test.ts. */
const NO_SUCH_ID = "00000000-0000-4000-8000-000000000000";

/** Site "own", and another one of which there is one of everything. Every text of the other one holds the secret word. */
export async function buildWorld(server: TestServer) {
  const ids = { alert_id: 0, account_no: 0, silence_id: 0, seq: 0 };
  /** An order of the other site, and its command; a report and a schedule of it. */
  const given = { order_id: "", command_id: "", report_id: "", schedule_id: "", camera_id: "", view_id: "" };
  const as = (cookie: string, method: string, path: string, body?: unknown) =>
    server.call(method, `/api${path}`, { cookie, body });
  const upload = (key: string, readings: object[]) =>
    server.call("POST", "/api/collector/upload", { key, body: readings });
  const own = await siteWithKey(server, "own");
  const { cookie: admin } = own;
  const { key: otherKey } = await siteWithKey(server, OTHER);
  await as(admin, "PATCH", `/sites/${OTHER}`, { name: `${SECRET} mine`, region: `${SECRET} valley` });
  await upload(own.key, [
    { miner_id: "own-1", online: true, hashrate_ghs: 10, rack: "C1-R1" },
    { miner_id: "own-2", online: true, hashrate_ghs: 20, rack: "C1" },
    { miner_id: "own-3", online: true, hashrate_ghs: 40, rack: "C10" },
  ]);
  await upload(otherKey, [{ miner_id: `${SECRET}-1`, online: true, hashrate_ghs: 7, worker_name: `${SECRET}.w` }]);
  const cooled = await as(admin, "POST", `/sites/${OTHER}/cooling-units`, { host: `${SECRET}.box`, name: SECRET });
  assert.equal(cooled.status, 200, JSON.stringify(cooled.body));
  const alert = (site_id: string, key: string) =>
    server.call("POST", "/api/alerts/alertmanager", {
      headers: { authorization: `Bearer ${key}` },
      body: {
        version: "4",
        groupKey: site_id,
        status: "firing",
        alerts: [
          {
            status: "firing",
            labels: { alertname: `${site_id} down`, severity: "critical", site_id },
            startsAt: "2026-11-21T09:00:00Z",
            fingerprint: site_id,
          },
        ],
      },
    });
  await alert("own", own.key);
  await alert(OTHER, otherKey);
  await server.call("POST", "/api/collector/pool-accounts", {
    key: otherKey,
    body: {
      version: 1,
      readings: [],
      failures: [
        {
          pool: "ckpool",
          coin: "bitcoin",
          account: `${SECRET}acct`,
          failures: 1,
          at: new Date().toISOString(),
          reason: SECRET,
        },
      ],
    },
  });
  const listed = (await as(admin, "GET", "/pool-accounts")).body.data as { accounts: { account_no: number }[] };
  ids.account_no = listed.accounts[0]?.account_no ?? 0;
  const silence = await as(admin, "POST", "/alerts/silences", {
    matcher: { site_id: OTHER, target_id: `${SECRET}-1` },
    reason: `${SECRET} works`,
    ends_at: "2099-01-01T00:00:00Z",
  });
  ids.silence_id = (silence.body.data as { silence_id: number }).silence_id;
  await server.call("POST", "/api/pool-stats/readings", {
    key: otherKey,
    body: {
      version: 1,
      pool: `${SECRET}pool`,
      minutes: [{ partition: 0, puid: 0, at: "2026-11-28T00:00:00Z", accepted: 1, stale: 0, rejected: 0, shares: 1 }],
    },
  });
  const raw = { target: { site_id: OTHER, miner_ids: [`${SECRET}-1`] }, order: { order: "raw", command: SECRET } };
  const command = await as(admin, "POST", "/commands", { ...raw, reason: `${SECRET} order` });
  const { order, commands } = command.body.data as { order: typeof given; commands: (typeof given)[] };
  Object.assign(given, { order_id: order.order_id, command_id: commands[0]?.command_id });
  const wish = { kind: "miners", span: "day", from: new Date().toISOString().slice(0, 10), scope: { site_id: OTHER } };
  const asked = await as(admin, "POST", "/reports", wish);
  given.report_id = (asked.body.data as typeof given).report_id;
  const { from: _from, ...often } = wish;
  const scheduled = await as(admin, "POST", "/report-schedules", often);
  given.schedule_id = (scheduled.body.data as typeof given).schedule_id;
  await waitFor(
    "the report",
    async () => {
      const { body: told } = await as(admin, "GET", `/reports/${given.report_id}`);
      return (told.data as { state: string }).state === "kept";
    },
    { withinMs: 30_000 },
  );
  const camera = { name: `${SECRET} gate`, kind: "hls", url: `http://10.1.1.1/${SECRET}.m3u8` };
  const added = await as(admin, "POST", `/sites/${OTHER}/cameras`, camera);
  given.camera_id = (added.body.data as typeof given).camera_id;
  const view = { name: `${SECRET} view`, layout: "4", camera_ids: [given.camera_id] };
  given.view_id = ((await as(admin, "POST", "/video/views", view)).body.data as typeof given).view_id;
  const { body } = await as(admin, "GET", "/alerts");
  const alerts = (body.data as { alerts: { alert_id: number; labels: Record<string, string> }[] }).alerts;
  ids.alert_id = alerts.find(({ labels }) => labels.site_id === OTHER)?.alert_id ?? 0;
  const planned = { automation_id: `${SECRET}-night`, name: `${SECRET} night`, site_id: OTHER, plan: curtailment };
  const automation = await as(admin, "POST", "/automations", planned);
  assert.equal(automation.status, 200, JSON.stringify(automation.body));
  const trail = (await as(admin, "GET", `/audit?site_id=${OTHER}`)).body.data as { rows: { seq: number }[] };
  ids.seq = trail.rows[0]?.seq ?? 0;
  for (const [name, id] of Object.entries(ids)) assert.ok(id > 0, name);
  const person = async (username: string, grants: Grant[]): Promise<string> => {
    const made = await as(admin, "POST", "/users", { username, password: PASSWORD, grants });
    assert.equal(made.status, 200, JSON.stringify(made.body));
    return server.signIn(username, PASSWORD);
  };
  /** A route's path as it would reach what belongs to the other site. */
  const pathOf = (route: Route) =>
    route.path.replace(/:(\w+)/g, (_, name: string) => {
      const known: Record<string, string | number> = {
        ...ids,
        ...given,
        site_id: OTHER,
        miner_id: `${SECRET}-1`,
        rule_id: "x",
        format: "csv",
        recording_id: NO_SUCH_ID,
        automation_id: `${SECRET}-night`,
      };
      return encodeURIComponent(String(known[name] ?? "1"));
    });
  return { admin, otherKey, ids, given, as, upload, person, pathOf };
}
