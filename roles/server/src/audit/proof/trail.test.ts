import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { systemClock } from "@banksman/kit";
import { isConsistent, isIncluded } from "@banksman/kit/merkle";
import { type PrivatePostgres, startMailServer, startPostgres, tempFolder, waitFor } from "@banksman/testkit";
import { ListedAuditRow } from "@banksman/wire/api";
import pg from "pg";
import { z } from "zod";
import { startTestServer, type TestServer } from "../../test/test-server.ts";
import { createAudit } from "../recorder.ts";
import { openBundle, readAnchorFile } from "./bundle.ts";
import { SignedHead } from "./head.ts";
import { publicKeys, readTrail } from "./reader.ts";
import { verifyTrail } from "./verify.ts";

const SECRET_KEY = "a-secret-key-that-both-servers-share";
const HTTP_TOKEN = "a-token-of-the-witness";

let postgres: PrivatePostgres;
let folder: Awaited<ReturnType<typeof tempFolder>>;
let mail: Awaited<ReturnType<typeof startMailServer>>;
let servers: TestServer[];
let pool: pg.Pool;
let admin: string;
const witnessed: { token: string | undefined; signed: SignedHead }[] = [];
const witness = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => {
    body += chunk.toString();
  });
  request.on("end", () => {
    witnessed.push({ token: request.headers.authorization, signed: SignedHead.parse(JSON.parse(body)) });
    response.writeHead(204).end();
  });
});

const anchorFile = () => join(folder.path, "anchors", "heads.jsonl");

before(async () => {
  [postgres, folder, mail] = await Promise.all([startPostgres(), tempFolder(), startMailServer()]);
  await new Promise<void>((done) => witness.listen(0, "127.0.0.1", done));
  const address = witness.address();
  const port = typeof address === "object" ? address?.port : 0;
  const settings = {
    database_url: postgres.url,
    secret_key: SECRET_KEY,
    egress: { allow: ["127.0.0.1"] },
    audit: {
      sign_minutes: 0.01,
      anchors: [
        { type: "file", path: anchorFile() },
        { type: "http", url: `http://127.0.0.1:${port}/heads`, token: HTTP_TOKEN, every_hours: 0 },
        { type: "mail", channel: "notary", every_hours: 0 },
      ],
    },
    channels: [
      {
        name: "notary",
        type: "smtp",
        host: "127.0.0.1",
        port: mail.port,
        security: "none",
        from: "banksman@mine.example",
        to: ["notary@else.example"],
      },
    ],
  };
  const first = await startTestServer(settings);
  const second = await startTestServer({ ...settings, audit: { ...settings.audit, anchors: [] } });
  servers = [first, second];
  pool = new pg.Pool({ connectionString: postgres.url });
  admin = await first.signIn();
});
after(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
  witness.close();
  await mail[Symbol.asyncDispose]();
  await pool.end();
  await postgres[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const verify = async (anchors?: SignedHead[]) =>
  verifyTrail(readTrail(pool), { keys: await publicKeys(pool), ...(anchors ? { anchors } : {}) });

/** As somebody who owns the database, and takes its guard away. */
const tamper = (sql: string) =>
  postgres.psql(`alter table audit disable trigger all; ${sql}; alter table audit enable trigger all`);

const download = async (path: string) =>
  await (await fetch(`${servers[0]?.url}/api/audit${path}`, { headers: { cookie: admin } })).text();

describe("the audit trail of two servers on one database", () => {
  test("is one chain, whoever writes", async () => {
    const sites = Array.from({ length: 60 }, (_, n) => `s${n}`);
    const replies = await Promise.all(
      sites.map((site_id, n) =>
        servers[n % 2]?.call("POST", "/api/sites", { cookie: admin, body: { site_id, name: site_id } }),
      ),
    );
    assert.ok(replies.every((reply) => reply?.status === 200));
    const verdict = await verify();
    assert.deepEqual(verdict.findings, []);
    assert.ok(verdict.rows > 60);
  });

  test("is signed as it grows, and its heads are kept in a file, told to a witness and mailed, with proofs", async () => {
    const rows = (await verify()).rows;
    const heads = await waitFor("a head in the file", async () => {
      const found = await readAnchorFile(anchorFile()).catch(() => []);
      return (found.at(-1)?.head.size ?? 0) >= rows ? found : undefined;
    });
    const told = await waitFor("the witness", () => witnessed.find(({ signed }) => signed.head.size >= rows));
    assert.equal(told.token, `Bearer ${HTTP_TOKEN}`);
    assert.deepEqual((await verify(heads)).findings, []);
    const { size: seen } = told.signed.head;
    // Lines longer than a mail's are broken by a soft break, RFC 2045 6.7.
    const letters = () => mail.mails.map((text) => text.replaceAll("=\r\n", ""));
    const letter = await waitFor("the mail", () => letters().find((text) => text.includes(`--root ${seen}:`)));
    assert.ok(letter.includes(`${seen}:${told.signed.head.root}`) && letter.includes("notary@else.example"));
    const old = heads[0]?.head ?? assert.fail();
    const get = async (path: string) => {
      const reply = await servers[1]?.call("GET", `/api/audit${path}`, { cookie: admin });
      return z
        .looseObject({ data: z.looseObject({ signed: SignedHead, proof: z.array(z.string()) }) })
        .parse(reply?.body).data;
    };
    const bytes = (hex: string) => Buffer.from(hex, "hex");
    const { row, signed, proof } = await get("/7/proof");
    const { hash } = z.looseObject({ hash: z.string() }).parse(row);
    const { size, root } = signed.head;
    assert.ok(isIncluded(bytes(hash), 6, size, proof.map(bytes), bytes(root)));
    const young = await get(`/consistency?size=${old.size}`);
    const toTree = (head: { size: number; root: string }) => ({ size: head.size, root: bytes(head.root) });
    assert.ok(isConsistent(toTree(old), toTree(young.signed.head), young.proof.map(bytes)));
  });

  test("tells how it is sealed, and that this role could change it", async () => {
    const reply = await servers[0]?.call("GET", "/api/audit/seal", { cookie: admin });
    const { data } = z.object({ data: z.looseObject({ rows: z.int(), is_protected: z.boolean() }) }).parse(reply?.body);
    assert.equal(data.is_protected, false);
    assert.ok(data.rows > 60);
  });

  test("what a killed server had begun is told as unknown, once", async () => {
    const audit = createAudit({ pool, clock: systemClock });
    const actor = { kind: "person" as const, name: "ada" };
    const begun = await audit.begin({ actor, action: "racks.create", target: "half-made", reason: "kill -9" });
    await audit.settle();
    const found = async () => {
      const reply = await servers[0]?.call("GET", "/api/audit?result=unknown", { cookie: admin });
      return z.object({ data: z.object({ rows: z.array(ListedAuditRow) }) }).parse(reply?.body).data.rows;
    };
    assert.deepEqual(await found(), [], "it may still be at work");
    await pool.query("update audit_begun set begun_at = now() - interval '6 minutes' where begun_id = $1", [begun]);
    await Promise.all([audit.settle(), createAudit({ pool, clock: systemClock }).settle()]);
    const rows = await found();
    assert.deepEqual(
      rows.map(({ actor: { name }, target, reason }) => [name, target, reason]),
      [["ada", "half-made", "kill -9"]],
    );
  });

  test("what a killed server had done, and noted in the same transaction, is told as done; rolled back, as unknown", async () => {
    const audit = createAudit({ pool, clock: systemClock });
    const input = { actor: { kind: "person" as const, name: "ada" }, action: "racks.give", code: null };
    for (const end of ["commit", "rollback"]) {
      const begun = await audit.begin({ ...input, target: end });
      const client = await pool.connect();
      await client.query("begin");
      await audit.done(begun, { ...input, target: end, after: { order: 7 } }, client);
      await client.query(end);
      client.release();
    }
    await pool.query("update audit_begun set begun_at = now() - interval '6 minutes'");
    await audit.settle();
    const reply = await servers[0]?.call("GET", "/api/audit?action=racks.give", { cookie: admin });
    const { rows } = z.object({ data: z.object({ rows: z.array(ListedAuditRow) }) }).parse(reply?.body).data;
    assert.deepEqual(rows.map(({ target, result, after }) => [target, result, after]).toSorted(), [
      ["commit", "done", { order: 7 }],
      ["rollback", "unknown", null],
    ]);
  });

  test("a row belongs to the transaction of what it tells of: rolled back together", async () => {
    const audit = createAudit({ pool, clock: systemClock });
    const before = (await verify()).rows;
    const client = await pool.connect();
    await client.query("begin");
    await audit.record({ actor: { kind: "automation", name: "curtail" }, action: "commands.give" }, client);
    await client.query("rollback");
    client.release();
    assert.equal((await verify()).rows, before);
  });

  test("can't be changed by a slip, not even by the owner", () => {
    for (const sql of [
      "update audit set hash = hash",
      "delete from audit",
      "truncate audit",
      "delete from audit_heads",
    ])
      assert.throws(() => postgres.psql(sql), /neither changed nor removed/);
    assert.throws(() => postgres.psql("update audit set actor = 'eve'"), /generated column|neither changed/);
  });

  test("is exported with all that proves it", async () => {
    const file = join(folder.path, "trail.jsonl");
    await writeFile(file, await download("/bundle"));
    const { opening, items } = await openBundle(file);
    const verdict = await verifyTrail(items, { keys: opening.keys });
    assert.deepEqual([verdict.findings, verdict.rows, verdict.signedTo], [[], opening.rows, opening.rows]);
    assert.equal((await download("/csv?action=sites")).trim().split("\r\n").length, 1 + 60);
    const newest = await servers[0]?.call("GET", "/api/audit?action=audit", { cookie: admin });
    assert.match(JSON.stringify(newest?.body), /audit\.export-bundle.*/);
  });

  test("a row that was changed in a bundle is named", async () => {
    const file = join(folder.path, "tampered.jsonl");
    await writeFile(file, (await download("/bundle")).replace(/"name":"s7"/, '"name":"s8"'));
    const { opening, items } = await openBundle(file);
    const { findings } = await verifyTrail(items, { keys: opening.keys });
    const { rows } = await pool.query("select seq::int from audit where entry ->> 'target' = 's7'");
    assert.deepEqual(
      findings.map(({ seq }) => seq),
      [rows[0]?.seq],
    );
  });

  test("a row that was changed, taken out or cut off in the database is named, and nothing more is signed", async () => {
    const anchors = await readAnchorFile(anchorFile());
    tamper("create table kept as select * from audit");
    const restore = () =>
      tamper("delete from audit; insert into audit (seq, entry, hash) select seq, entry, hash from kept");
    const seqs = async () => (await verify(anchors)).findings.map(({ seq, what }) => [seq, what]);
    tamper(`update audit set entry = replace(entry::text, '"name":"s9"', '"name":"s0"')::json where seq = 20`);
    tamper("update audit set hash = sha256('x') where seq = 30");
    tamper("delete from audit where seq = 41");
    assert.deepEqual(
      (await seqs()).filter(([seq]) => seq === 30 || seq === 41),
      [
        [30, "changed"],
        [41, "missing"],
      ],
    );
    restore();
    const { rows } = await verify(anchors);
    tamper(`delete from audit where seq > ${rows - 3}`);
    assert.deepEqual((await seqs())[0], [rows - 2, "cut-off"]);
    await waitFor("the signer to refuse", async () => {
      const reply = await servers[0]?.call("GET", "/ready");
      return JSON.stringify(reply?.body).includes("does not follow") || undefined;
    });
    assert.notDeepEqual(await seqs(), []);
  });
});

test("an anchor file goes on behind a line that a crash cut off", async () => {
  const text = await readFile(anchorFile(), "utf8");
  const cut = join(folder.path, "cut.jsonl");
  await writeFile(cut, text.slice(0, -20));
  assert.equal((await readAnchorFile(cut)).length, text.trim().split("\n").length - 1);
});
