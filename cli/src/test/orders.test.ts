import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { waitFor } from "@banksman/testkit";
import { AuditEntry } from "@banksman/wire/ingest";
import { orderSite } from "./order-site.ts";
import { banksman } from "./site.ts";

/** Server, edge and miners from end to end, each process killed with -9 at each step; the miners count what arrives. */
const NET = `127.${60 + (process.pid % 40)}.${(process.pid >> 6) & 127}`;
const MINERS = 12;

let site: Awaited<ReturnType<typeof orderSite>>;
before(async () => {
  site = await orderSite(`${NET}.1`, MINERS);
});
after(() => site[Symbol.asyncDispose]());

let next = 0;
/** A miner that nothing was ordered of yet, and how often a reboot arrived there. */
function freshMiner() {
  const index = next++;
  const control = site.sim.controls[index] ?? assert.fail("no more miners");
  const address = `${NET}.${index + 1}`;
  return { address, id: `M_${String(index + 1).padStart(4, "0")}`, arrived: () => control.arrived.get("reboot") ?? 0 };
}
const REBOOT = { order: "reboot" };
const OVER = ["succeeded", "failed", "refused", "expired", "cancelled", "unknown"];

/** What a program is given: one permission more or less than it needs would show. */
async function apiToken(permissions: readonly string[]): Promise<string> {
  const { token } = await site.call("POST", "/session/tokens", {
    name: permissions.join(" "),
    permissions,
    scope: { of: "site", site_id: "1" },
    days: 1,
  });
  return String(token);
}
async function miner(args: readonly string[], environment: NodeJS.ProcessEnv) {
  const child = banksman(["miner", ...args], { LOG_LEVEL: "warn", ...environment });
  return { code: await child.exited, out: child.stdout(), err: child.stderr() };
}

suite("banksman miner, where a server is configured", () => {
  test("gives the order through it, and waits for its end", async () => {
    const reads = ["site.read", "reading.read", "command.read"];
    const token = await apiToken([...reads, "command.give"]);
    const environment = { BANKSMAN_URL: site.url, BANKSMAN_TOKEN: token };
    const { arrived, address } = freshMiner();
    const unexplained = await miner([address, "reboot"], environment);
    assert.equal(unexplained.code, 2);
    assert.match(unexplained.err, /--reason TEXT/);
    const seen = await miner([address, "reboot", "--dry-run"], environment);
    assert.deepEqual([seen.code, seen.out], [0, "reboot: 1 of 1 would be ordered, nothing was\n"]);
    const done = await miner([address, "reboot", "--reason", "it hangs"], environment);
    assert.equal(done.code, 0, done.out + done.err);
    assert.match(done.out, /reboot: M_\d+ of site 1: succeeded/);
    assert.equal(arrived(), 1);
    const lines = done.out.trim().split("\n");
    assert.equal(new Set(lines).size, lines.length, `nothing is told twice: ${done.out}`);
    const link = new URL(lines.at(-1)?.trim() ?? "");
    assert.equal(link.pathname, "/commands");
    const shown = await site.call("GET", `/orders/${link.searchParams.get("order")}`);
    assert.deepEqual(shown.by_state, { succeeded: 1 }, "the printed page opens the order, which is over");
    const own = await site.call("GET", "/commands?name=reboot");
    assert.equal((own.commands as { given_by: string }[])[0]?.given_by, "admin");
    for (const wrong of [{}, { BANKSMAN_TOKEN: `${token}0` }, { BANKSMAN_TOKEN: await apiToken(reads) }]) {
      const stranger = await miner([address, "reboot", "--reason", "it hangs"], { BANKSMAN_URL: site.url, ...wrong });
      assert.deepEqual([stranger.code, arrived()], [2, 1], stranger.out + stranger.err);
    }
  });

  test("that is no longer waited for goes on at the server, which is said, and isn't called done", async () => {
    const environment = { BANKSMAN_URL: site.url, LOG_LEVEL: "warn" };
    const token = await apiToken(["site.read", "reading.read", "command.read", "command.give"]);
    const { address, id } = freshMiner();
    const first = await site.call("POST", "/commands", {
      target: { site_id: "1", miner_ids: [id] },
      order: REBOOT,
      reason: "it hangs",
    });
    const [ahead] = first.commands as { command_id: string }[];
    // It waits for the quiet time after the first.
    const waiting = banksman(["miner", address, "reboot", "--reason", "again"], {
      ...environment,
      BANKSMAN_TOKEN: token,
    });
    const queued = async () => {
      const { commands } = await site.call("GET", `/commands?miner_id=${id}&state=queued`);
      return (commands as { command_id: string }[]).find((one) => one.command_id !== ahead?.command_id);
    };
    const { command_id: commandId } = await waitFor("the second order", queued);
    await waiting.stop("SIGINT");
    assert.equal(await waiting.exited, 1, waiting.stdout() + waiting.stderr());
    assert.match(waiting.stdout(), /: queued\n[\s\S]*the server goes on with it\n/);
    await site.call("POST", `/commands/${commandId}/cancel`, {});
  });

  test("that the server's answer got lost of may have been given, which is said", async () => {
    const token = await apiToken(["site.read", "reading.read", "command.read", "command.give"]);
    const { address, id } = freshMiner();
    await using between = createServer(async (request, response) => {
      const body = (await request.toArray()).join("");
      const { method = "GET", headers } = request;
      const asked = { authorization: headers.authorization ?? "", "content-type": "application/json" };
      const reply = await fetch(`${site.url}${request.url}`, { method, headers: asked, ...(body && { body }) });
      if (method === "POST") return request.socket.destroy();
      return response.writeHead(reply.status).end(await reply.text());
    }).listen(0, "127.0.0.1");
    await once(between, "listening");
    const url = `http://127.0.0.1:${(between.address() as AddressInfo).port}`;
    const given = await miner([address, "locate", "on", "--reason", "where is it"], {
      BANKSMAN_URL: url,
      BANKSMAN_TOKEN: token,
    });
    assert.deepEqual([given.code, given.out], [1, ""], given.err);
    assert.match(given.err, /\nthe order may have been given all the same: \S+\/commands\n$/);
    const { commands } = await site.call("GET", `/commands?miner_id=${id}`);
    assert.equal((commands as unknown[]).length, 1, "once, and not again");
  });

  test("what --direct noted on the edge's machine is uploaded, and a changed line is refused by its number", async () => {
    const { address } = freshMiner();
    const path = join(site.folder, "cache/orders/audit.jsonl");
    await miner([address, "raw", "ascset|0,led,1-255", "--direct", "--config", site.config], {});
    await miner([address, "raw", "ascset|0,led,1-255", "--direct", "--config", site.config], {});
    const entries = (await readFile(path, "utf8"))
      .trim()
      .split("\n")
      .map((line) => AuditEntry.parse(JSON.parse(line)));
    assert.equal(entries.length, 4);
    const upload = async (lines: readonly AuditEntry[]) => {
      const reply = await fetch(`${site.url}/api/collector/audit`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-collector-key": site.key },
        body: JSON.stringify({ collector_id: "edge", chain: entries[0]?.hash, entries: lines }),
      });
      const { code, detail } = (await reply.json()) as { code?: string; detail?: string };
      return [reply.status, code, detail];
    };
    const [one, two, three, four] = entries;
    if (!one || !two || !three || !four) return assert.fail("lines are missing");
    const changed = { ...two, actor: "somebody else" };
    assert.deepEqual(await upload([one, changed]), [
      422,
      "AUDIT_BROKEN",
      "line 2 does not follow from the line before: the file was changed",
    ]);
    // The edge looks each minute, and when it starts.
    await site.kill.edge();
    const rows = async () => {
      const { rows: found } = await site.call("GET", "/audit?action=miner.direct");
      return found as { action: string; target: string }[];
    };
    await waitFor("the lines in the audit trail", async () => (await rows()).length === 4, { withinMs: 20_000 });
    assert.deepEqual((await rows())[0], {
      ...(await rows())[0],
      action: "miner.direct.result",
      target: `${address}:4028`,
    });
    const text = await readFile(path, "utf8");
    await writeFile(path, `${text.trim().split("\n").slice(0, 2).join("\n")}\n`);
    await miner([address, "raw", "ascset|0,led,1-255", "--direct", "--config", site.config], {});
    await site.kill.edge();
    const told = async () => {
      const { rows: found } = await site.call("GET", "/audit?result=refused");
      return (found as { code: string }[]).some(({ code }) => code === "AUDIT_CHANGED");
    };
    await waitFor("word of lines that stand in the place of uploaded ones", told, { withinMs: 20_000 });
    await writeFile(path, text);
    assert.equal((await upload(entries))[0], 200, "the same lines again change nothing");
    assert.deepEqual((await upload([one, two, { ...three, hash: "0".repeat(64) }])).slice(0, 2), [
      409,
      "AUDIT_CHANGED",
    ]);
    assert.equal((await rows()).length, 4);
  });
});

suite("an order through the server", () => {
  test("reaches the miner once and is verified by reading it back", async () => {
    const miner = freshMiner();
    const [id = ""] = await site.give([miner.id], REBOOT);
    const { result } = await site.reaches(id, "succeeded");
    assert.match(String(result?.seen), /went away and came back|up for/);
    assert.equal(miner.arrived(), 1);
  });

  for (const victim of ["edge", "server"] as const) {
    for (const step of ["sent", "executing", "verifying"] as const) {
      test(`arrives at most once when the ${victim} is killed while it is ${step}`, async () => {
        const miner = freshMiner();
        const [id = ""] = await site.give([miner.id], REBOOT);
        // A step may be over before it is seen: then what comes after it is killed.
        await site.reaches(id, step, "verifying", ...OVER);
        await site.kill[victim]();
        const { state, result } = await waitFor(
          "its end",
          async () => {
            const found = await site.command(id).catch(() => null);
            if (!found || found.code === "edge_silent") return null;
            // One that was cut off just before it left is read back for as long as a reboot may take.
            const neverLeft = found.state === "verifying" && miner.arrived() === 0;
            return neverLeft || OVER.includes(found.state) ? found : null;
          },
          { withinMs: 30_000, everyMs: 100 },
        );
        assert.ok(miner.arrived() <= 1, `arrived ${miner.arrived()} times`);
        // What is told is true: what succeeded has arrived, and what arrived is told as done.
        assert.equal(state === "succeeded", miner.arrived() === 1, `${state}: ${JSON.stringify(result)}`);
      });
    }
  }
});

suite("an order to the edge itself", () => {
  const give = async (order: object): Promise<string> => {
    const body = { target: { site_id: "1", edge: true }, order, reason: "a drill" };
    const { commands } = (await site.call("POST", "/commands", body)) as { commands: { command_id: string }[] };
    const { result } = await site.reaches(commands[0]?.command_id ?? "", ...OVER);
    return String(result?.seen);
  };

  test("makes it search its networks, note an upgrade, and sweep at another pace", async () => {
    assert.match(await give({ order: "rescan" }), /^0 miners found, 12 known$/);
    assert.match(await give({ order: "upgrade_notice", version: "9.9.9", note: "soon" }), /^noted; this edge is /);
    assert.equal(await give({ order: "set_interval", seconds: 2 }), "a sweep each 2 s from the next one on");
    const interval = async () => {
      const { sites } = (await site.call("GET", "/sites")) as { sites: { interval_seconds: number }[] };
      return sites[0]?.interval_seconds;
    };
    await waitFor("the pace", async () => (await interval()) === 2);
    await give({ order: "set_interval", seconds: 1 });
  });
});

suite("with identity: mac", () => {
  test("an order reaches a miner that only the first sweep after the edge's start tells apart from its place", async () => {
    const miner = freshMiner();
    const config = JSON.parse(await readFile(site.config, "utf8"));
    await writeFile(site.config, JSON.stringify({ ...config, identity: "mac" }));
    await site.kill.edge();
    const path = join(site.folder, "cache/identities.json");
    const kept = await waitFor("the miners' identities", () => readFile(path, "utf8").catch(() => null));
    await writeFile(path, kept.replace(`"${miner.id}"`, '"moved"'));
    await site.kill.edge();
    await waitFor("a reading of it", async () => {
      const { total } = await site.call("GET", "/sites/1");
      return Number(total) > MINERS;
    });
    const [id = ""] = await site.give(["moved"], REBOOT);
    await site.reaches(id, "succeeded");
    assert.equal(miner.arrived(), 1);
  });
});
