import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { prepareDatabase } from "@banksman/server/prepared-database";
import { freePort, type Running, tempFolder, waitFor } from "@banksman/testkit";
import { parse } from "yaml";
import { z } from "zod";
import { banksman, PASSWORD } from "./site.ts";

/** A server whose channels reach every simulated service, each on a real socket with its own contract. */
const Config = z.object({
  channels: z.array(z.looseObject({ name: z.string(), api_base: z.string().optional(), url: z.string().optional() })),
});
let folder: Awaited<ReturnType<typeof tempFolder>>;
const running: Running[] = [];
let url: string;
let cookie: string;
let services: Map<string, string>;

before(async () => {
  folder = await tempFolder();
  const file = join(folder.path, "banksman.yaml");
  running.push(banksman(["sim", "services", "--port", "0", "--write-config", file]));
  const written = await waitFor("the written configuration", async () => {
    const text = await readFile(file, "utf8").catch(() => "");
    return Config.safeParse(parse(text)).data;
  });
  services = new Map(written.channels.map((one) => [one.name, new URL(one.api_base ?? one.url ?? "").origin]));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const environment = {
    PORT: String(port),
    DATA_DIR: join(folder.path, "data"),
    ADMIN_PASSWORD: PASSWORD,
    DATABASE_URL: "",
  };
  await prepareDatabase(environment.DATA_DIR);
  const server = banksman(["server", "--config", file], environment);
  running.push(server);
  await server.output(/Banksman is at/);
  const session = await fetch(`${url}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "admin", password: PASSWORD }),
  });
  cookie = session.headers.getSetCookie()[0]?.split(";")[0] ?? "";
});
after(async () => {
  for (const one of running.toReversed()) await one.stop("SIGTERM");
  await folder[Symbol.asyncDispose]();
});

const Reply = z.looseObject({ code: z.string().optional(), detail: z.string().optional() });
async function sendTest(name: string) {
  const response = await fetch(`${url}/api/alerts/channels/${name}/test`, { method: "POST", headers: { cookie } });
  return { status: response.status, ...Reply.parse(await response.json()) };
}
const addressOf = (name: string) => services.get(name) ?? assert.fail(`no service ${name}`);
async function taken(name: string): Promise<string[]> {
  const answer = await (await fetch(`${addressOf(name)}/control/messages`)).json();
  return z
    .object({ taken: z.array(z.object({ text: z.string() })) })
    .parse(answer)
    .taken.map(({ text }) => text);
}
const plant = (name: string, fault: string) =>
  fetch(`${addressOf(name)}/control/faults`, { method: "POST", body: JSON.stringify({ fault }) });

test("every channel sends what its service takes: signed, in its shape, within its length", async () => {
  assert.equal(services.size, 13);
  for (const name of services.keys()) {
    const { status, detail } = await sendTest(name);
    assert.deepEqual([status, detail], [200, undefined], `${name}: ${detail}`);
    assert.match((await taken(name)).join(), /Banksman|test message/, name);
  }
});

test("whatever a service does instead of taking it, the sender is told, and never that it was sent", async () => {
  for (const name of services.keys())
    for (const fault of ["429", "500", "html", "reset"]) {
      await plant(name, fault);
      const { status, code, detail } = await sendTest(name);
      // What these say beside their status is nobody's business: 2xx is all their contract asks.
      if (fault === "html" && ["webhook", "sms-http", "twilio"].includes(name)) assert.equal(status, 200, name);
      else
        assert.ok(status >= 400 && code !== undefined && detail !== undefined, `${name} ${fault}: ${status} ${detail}`);
    }
});
