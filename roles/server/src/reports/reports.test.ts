import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { tempFolder, waitFor } from "@banksman/testkit";
import type { Report } from "@banksman/wire/api";
import { REPORT_BY_CUSTOMER, type ReportDocument, ReportKind } from "@banksman/wire/model";
import { parquetReadObjects } from "hyparquet";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";
import { timeText } from "./render/format.ts";
import { toPdf } from "./render/pdf.ts";
import { toXlsx } from "./render/xlsx.ts";

const PASSWORD = "another-long-password";
/** Asked a few times a second: many reports are waited for at once, on the cores that build them. */
const SOON = { withinMs: 60_000, everyMs: 250 };
/** What a spreadsheet would run. */
const EVIL = '=HYPERLINK("http://evil.example","x")';

let server: TestServer;
let folder: Awaited<ReturnType<typeof tempFolder>>;
let admin: string;
/** May read, at site "far" alone. */
let stranger: string;

before(async () => {
  folder = await tempFolder();
  server = await startTestServer();
  const own = await siteWithKey(server, "own");
  admin = own.cookie;
  const far = await siteWithKey(server, "far");
  await server.call("PATCH", "/api/sites/own", { cookie: admin, body: { name: "北山一号矿场" } });
  const at = new Date(Date.now() - 3 * 60_000).toISOString();
  const miners = Array.from({ length: 120 }, (_, n) => ({
    miner_id: n === 0 ? EVIL : `S21_${String(n).padStart(4, "0")}`,
    online: n % 10 !== 9,
    hashrate_ghs: n % 10 === 9 ? null : 200_000,
    expected_hashrate_ghs: 210_000,
    power_consumption: n % 10 === 9 ? null : 3_500,
    model: "Antminer S21",
    mac: "02:00:00:00:00:01",
    collected_at: at,
  }));
  await server.call("POST", "/api/collector/upload", { key: own.key, body: miners });
  await server.call("POST", "/api/collector/upload", {
    key: far.key,
    body: [{ miner_id: "x", online: true, hashrate_ghs: 1, collected_at: at }],
  });
  await server.call("POST", "/api/customers", { cookie: admin, body: { customer_id: "acme", name: "Acme 矿业" } });
  await server.call("POST", "/api/customers/acme/miners", {
    cookie: admin,
    body: { miners: { site_id: "own", miner_ids: ["S21_0001", "S21_0002"] } },
  });
  const grants = [{ role: "viewer", scope: { of: "site", site_id: "far" } }];
  await server.call("POST", "/api/users", { cookie: admin, body: { username: "eve", password: PASSWORD, grants } });
  stranger = await server.signIn("eve", PASSWORD);
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const today = () => new Date(Date.now() - 3 * 60_000).toISOString().slice(0, 10);
async function build(wish: object, cookie = admin): Promise<Report & { document: ReportDocument }> {
  const { status, body } = await server.call("POST", "/api/reports", {
    cookie,
    body: { span: "day", from: today(), ...wish },
  });
  assert.equal(status, 202, JSON.stringify(body));
  const { report_id } = body.data as Report;
  return waitFor(
    "the report",
    async () => {
      const found = (await server.call("GET", `/api/reports/${report_id}`, { cookie })).body.data as Report & {
        document: ReportDocument;
      };
      assert.notEqual(found.state, "failed", found.reason ?? "");
      return found.state === "kept" ? found : null;
    },
    SOON,
  );
}
async function file(report: Report, format: string): Promise<string> {
  const response = await fetch(`${server.url}/api/reports/${report.report_id}/files/${format}`, {
    headers: { cookie: admin },
  });
  assert.equal(response.status, 200);
  const bytes = Buffer.from(await response.arrayBuffer());
  const told = report.files.find((one) => one.format === format);
  assert.deepEqual([told?.bytes, told?.sha256], [bytes.length, createHash("sha256").update(bytes).digest("hex")]);
  const path = join(folder.path, `${report.report_id}.${format}`);
  await writeFile(path, bytes);
  return path;
}

const SCOPES: Partial<Record<ReportKind, object>> = {
  statement: { customer_id: "acme" },
  miners: { site_id: "own" },
};
const kept = new Map<ReportKind, ReturnType<typeof build>>();
/** A report of each kind, built once: making its files takes half a second. */
const reportOf = (kind: ReportKind) => {
  const known = kept.get(kind) ?? build({ kind, language: "en", scope: SCOPES[kind] });
  kept.set(kind, known);
  return known;
};

test("every kind is built, with its files and a hash in the audit trail", async () => {
  await server.call("POST", "/api/jobs/roll-up/runs", { cookie: admin });
  await waitFor(
    "minutes to be rolled up",
    async () => {
      const { body } = await server.call("GET", "/api/jobs/runs?name=roll-up&state=succeeded", { cookie: admin });
      return JSON.stringify(body).includes('"minutes":1') || JSON.stringify(body).includes('"minutes":2');
    },
    SOON,
  );
  const built = await Promise.all(ReportKind.options.map(reportOf));
  for (const report of built) {
    const { kind } = report;
    assert.deepEqual(report.files.map(({ format }) => format).sort(), ["csv", "parquet", "pdf", "xlsx"], kind);
    assert.equal(report.document.kind, kind);
    assert.ok(report.document.figures.length >= 4, kind);
    const { body } = await server.call("GET", `/api/audit?action=reports.built&q=${report.report_id}`, {
      cookie: admin,
    });
    assert.match(JSON.stringify(body), new RegExp(report.manifest_sha256 ?? "no hash"), kind);
  }
});

test("a statement is of one customer, at the sites where miners are theirs; what is a site's is of none, and says why", async () => {
  const ask = async (wish: object, cookie = admin) =>
    await server.call("POST", "/api/reports", { cookie, body: { span: "day", from: today(), ...wish } });
  assert.equal((await ask({ kind: "statement" })).status, 400);
  const refusals = { pools: /pool accounts are/, revenue: /earned by a site's/, cooling: /cooling units are/ };
  for (const [kind, why] of Object.entries(refusals)) {
    const { status, body } = await ask({ kind, scope: { customer_id: "acme" } });
    assert.equal(status, 400, kind);
    assert.match(String(body.detail), why);
    assert.match(String(body.detail), /can be are operation, energy, alerts, orders, miners, statement$/);
  }
  assert.equal((await ask({ kind: "statement", scope: { customer_id: "nobody" } })).status, 404);
  assert.equal((await ask({ kind: "miners", scope: { customer_id: "nobody" } })).status, 404);
  const missing: [object, string, string, RegExp][] = [
    [{ site_id: "nosuch" }, admin, "scope.site_id", /^there is no site "nosuch"$/],
    [{ region: "nosuch" }, admin, "scope.region", /^no site lies in region "nosuch"$/],
    [{ customer_id: "nobody" }, admin, "scope.customer_id", /^there is no customer "nobody"$/],
    // Who doesn't see customers isn't told whether there is one of that id.
    [{ customer_id: "nobody" }, stranger, "scope", /^no site that you may have such a report of fits$/],
    [{ customer_id: "acme" }, stranger, "scope", /^no site that you may have such a report of fits$/],
    [{ site_id: "1" }, stranger, "scope.site_id", /^there is no site "1" that you may have such a report of$/],
  ];
  for (const [scope, who, path, detail] of missing) {
    const { status, body } = await ask({ kind: "miners", scope }, who);
    assert.deepEqual([status, body.path], [404, path], JSON.stringify(scope));
    assert.match(String(body.detail), detail);
  }
  const elsewhere = await ask({ kind: "statement", scope: { customer_id: "acme" } }, stranger);
  assert.equal(elsewhere.body.code, "NO_SITES", "far has no miner of theirs");
  const { document } = await reportOf("statement");
  assert.deepEqual(document.scope, {
    en: "Customer Acme 矿业, 北山一号矿场",
    zh: "客户 Acme 矿业，北山一号矿场",
  });
  const [miners] = document.sections;
  assert.ok(miners?.type === "table");
  assert.deepEqual(
    miners.rows.map(([, miner]) => miner),
    ["S21_0001", "S21_0002"],
  );
});

test("the other kinds that can be of a customer are, beside the period before, with files that name nobody else's miner", async () => {
  const kinds = ReportKind.options.filter((kind) => REPORT_BY_CUSTOMER[kind] === "also");
  const built = await Promise.all(
    kinds.map((kind) => build({ kind, language: "en", scope: { customer_id: "acme" }, compare: true })),
  );
  for (const report of built) {
    const { kind, document } = report;
    assert.equal(document.scope.en, "Customer Acme 矿业, 北山一号矿场", kind);
    assert.ok(document.figures.length >= 3 && document.compared !== null, kind);
    const csv = execFileSync("cat", [await file(report, "csv")], { encoding: "utf8" });
    const named = new Set([JSON.stringify(document), csv].flatMap((text) => text.match(/S21_\d+|HYPERLINK/g) ?? []));
    assert.deepEqual([...named].sort(), kind === "miners" ? ["S21_0001", "S21_0002"] : [], kind);
  }
  const energy = built.find(({ kind }) => kind === "energy")?.document;
  const keys = energy?.sections.flatMap((section) => (section.type === "table" ? section.columns : []));
  assert.ok(keys && !keys.some(({ key }) => key === "pue" || key === "water"), "metered by container");
});

test("the PDF has its Chinese text, page numbers and its tables whole over the pages", async () => {
  const report = await build({ kind: "miners", scope: { site_id: "own" }, language: "zh" });
  const path = await file(report, "pdf");
  const text = execFileSync("pdftotext", ["-layout", path, "-"], { encoding: "utf8" });
  assert.match(text, /矿机清单/);
  assert.match(text, /北山一号矿场/);
  for (let n = 1; n < 120; n++) assert.ok(text.includes(`S21_${String(n).padStart(4, "0")}`), `S21_${n}`);
  const pages = text.split("\f").filter((page) => page.trim() !== "");
  assert.ok(pages.length >= 4);
  for (const [n, page] of pages.entries()) assert.match(page, new RegExp(`${n + 1} ?/ ?${pages.length}`));
  const fonts = execFileSync("pdffonts", [path], { encoding: "utf8" });
  assert.match(fonts, /NotoSansSC.*TrueType.*yes yes yes/);
  const note = { zh: "统计截至 2026-11-30 02:00 omega", en: "" };
  const noted = { ...report.document, figures: report.document.figures.map((figure) => ({ ...figure, note })) };
  await writeFile(path, await toPdf(noted, "zh", "2026-11-29T18:00:00Z"));
  const words = execFileSync("pdftotext", ["-bbox", "-l", "1", path, "-"], { encoding: "utf8" });
  const edges = (edge: string, word: string) =>
    [...words.matchAll(new RegExp(`${edge}="([0-9.]+)">${word}<`, "g"))].map(([, at]) => Number(at));
  const room = Math.min(...edges("yMin", "额定占比,")) - Math.max(...edges("yMax", "omega"));
  assert.ok(room > 30, `a note of several lines stands above the rule: ${room}`);
});

test("a PDF that begins with a wide table has it on its first page", async () => {
  const path = await file(await reportOf("statement"), "pdf");
  const first = execFileSync("pdftotext", ["-layout", "-l", "1", path, "-"], { encoding: "utf8" });
  assert.match(first, /S21_0001/);
});

test("the workbook opens elsewhere: real types, a heading that stays, filters, totals as formulas, no formula of a device", async () => {
  const path = await file(await reportOf("miners"), "xlsx");
  const read = `
import json, sys, openpyxl
book = openpyxl.load_workbook(sys.argv[1])
sheet = book["Inventory"]
head = [c.value for c in sheet[1]]
last = [c.value for c in sheet[sheet.max_row]]
types = {head[n]: [sheet.cell(2, n + 1).data_type, sheet.cell(3, n + 1).data_type] for n in range(len(head))}
ids = [sheet.cell(r, 2).value for r in range(2, sheet.max_row)]
print(json.dumps(dict(sheets=book.sheetnames, freeze=sheet.freeze_panes, filter=sheet.auto_filter.ref, last=last, types=types, rows=sheet.max_row, ids=ids, formula=[c.data_type for row in sheet.iter_rows(min_row=2, max_row=sheet.max_row - 1) for c in row].count("f"))))`;
  const told = JSON.parse(execFileSync("/usr/bin/python3", ["-c", read, path], { encoding: "utf8" }));
  assert.deepEqual(told.sheets, ["Miners, inventory", "Models", "Inventory"]);
  assert.equal(told.freeze, "A2");
  assert.equal(told.filter, "A1:P121");
  assert.equal(told.rows, 122);
  assert.equal(told.formula, 0);
  assert.ok(told.ids.includes(EVIL), "as text");
  assert.deepEqual(told.types["Last reading"], ["d", "d"]);
  assert.equal(told.types["Faults now"][0], "n");
  assert.equal(told.last[14], "=SUBTOTAL(109,O2:O121)");

  const { document } = await reportOf("miners");
  const zone = "Asia/Kathmandu";
  await writeFile(path, await toXlsx({ ...document, period: { ...document.period, time_zone: zone } }, "en"));
  const times = `
import sys, openpyxl
sheet = openpyxl.load_workbook(sys.argv[1])["Inventory"]
print([sheet.cell(2, n).value for n in range(1, 20) if sheet.cell(1, n).value == "Last reading"][0].strftime("%Y-%m-%d %H:%M"))`;
  const inventory = document.sections.find(({ title }) => title.en === "Inventory");
  assert.ok(inventory?.type === "table");
  const last = inventory.rows[0]?.[inventory.columns.findIndex(({ key }) => key === "last_at")];
  const shown = execFileSync("/usr/bin/python3", ["-c", times, path], { encoding: "utf8" }).trim();
  assert.equal(shown, timeText(String(last), zone), "the clock of the report's zone");
});

test("CSV keeps formulas harmless; Parquet has the largest table with its types", async () => {
  const report = await reportOf("miners");
  const csv = execFileSync("cat", [await file(report, "csv")], { encoding: "utf8" });
  assert.ok(csv.startsWith('\ufeff"Miners, inventory"'));
  assert.ok(csv.includes(`"'=HYPERLINK(""http://evil.example"",""x"")"`));
  const bytes = execFileSync("cat", [await file(report, "parquet")]);
  const rows = await parquetReadObjects({
    file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
  });
  assert.equal(rows.length, 120);
  const row = rows.find(({ miner }) => miner === "S21_0001");
  assert.ok(row?.last_at instanceof Date);
  assert.equal(row?.model, "Antminer S21");
});

test("nobody gets numbers of a site that they don't reach: not by asking, listing, reading, or a link to a file", async () => {
  const whole = await reportOf("operation");
  const [reading, link] = [`/api/reports/${whole.report_id}`, `/api/reports/${whole.report_id}/files/pdf`];
  for (const path of [reading, link])
    assert.equal((await server.call("GET", path, { cookie: stranger })).status, 404, path);
  assert.equal((await server.call("GET", link)).status, 401);
  const { body } = await server.call("GET", "/api/reports?per_page=200", { cookie: stranger });
  assert.deepEqual((body.data as { total: number }).total, 0);
  const asked = await server.call("POST", "/api/reports", {
    cookie: stranger,
    body: { kind: "operation", span: "day", from: today(), scope: { site_id: "own" } },
  });
  assert.equal(asked.status, 404);
  const own = await build({ kind: "operation" }, stranger);
  const sites = own.document.sections.find(({ title }) => title.en === "Sites");
  assert.ok(sites?.type === "table");
  assert.deepEqual(
    sites.rows.map(([name]) => name),
    ["Site far"],
  );
  assert.equal((await server.call("DELETE", `/api/reports/${own.report_id}`, { cookie: stranger })).status, 403);
  assert.equal((await server.call("DELETE", `/api/reports/${whole.report_id}`, { cookie: admin })).status, 200);
  assert.equal((await server.call("GET", reading, { cookie: admin })).status, 404);
});

test("a miner that hashed and stops answering is a failure; one that was put to sleep is none", async () => {
  const { key } = await siteWithKey(server, "failing");
  const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
  const hashing = { online: true, hashrate_ghs: 200_000, expected_hashrate_ghs: 210_000 };
  const upload = async (at: number, readings: object[]) => {
    const body = readings.map((one) => ({ ...one, collected_at: minutesAgo(at) }));
    assert.equal((await server.call("POST", "/api/collector/upload", { key, body })).status, 200);
  };
  await upload(5, [
    { miner_id: "a", ...hashing },
    { miner_id: "b", ...hashing },
    { miner_id: "c", online: true, status: "sleeping", hashrate_ghs: 0 },
  ]);
  await upload(
    4,
    ["a", "c"].map((miner_id) => ({ miner_id, online: false, offline_reason: "timed_out" })),
  );
  const { document } = await build({ kind: "operation", scope: { site_id: "failing" } });
  const sites = document.sections.find(({ title }) => title.en === "Sites");
  assert.ok(sites?.type === "table");
  assert.deepEqual(
    sites.rows.map((row) => row[sites.columns.findIndex(({ key: column }) => column === "failures")]),
    [1],
  );
});
