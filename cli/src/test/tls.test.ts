import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { prepareDatabase } from "@banksman/server/prepared-database";
import { run, runToEnd, tempFolder } from "@banksman/testkit";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
const FROM = `127.${200 + (process.pid % 50)}.1.1`;

/** Calls the API over TLS, trusting `ca` alone. */
function call(
  url: string,
  ca: Buffer,
  method: string,
  body: object,
  cookie = "",
): Promise<{ cookie: string; data: Record<string, string> }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { method, ca, headers: { "content-type": "application/json", cookie } },
      (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on("end", () =>
          resolve({ cookie: response.headers["set-cookie"]?.[0] ?? "", data: JSON.parse(text).data }),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(JSON.stringify(body));
  });
}

test("an edge with ca_file uploads to a server with its own certificate, and without it refuses to", async () => {
  await using folder = await tempFolder();
  const [cert, key] = [join(folder.path, "cert.pem"), join(folder.path, "key.pem")];
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-days",
      "2",
      "-subj",
      "/CN=localhost",
      "-addext",
      "subjectAltName=DNS:localhost,IP:127.0.0.1",
      "-keyout",
      key,
      "-out",
      cert,
    ],
    { stdio: "ignore" },
  );
  const serverConfig = join(folder.path, "banksman.yaml");
  await writeFile(
    serverConfig,
    `port: 0\ndata_dir: ${folder.path}/data\nadmin_password: a-password-for-tls\ntls: { cert: ${cert}, key: ${key} }\n`,
  );
  await prepareDatabase(join(folder.path, "data"));
  await using server = run(process.execPath, [MAIN, "server", "--config", serverConfig], {
    env: { ...process.env, PORT: "", HOST: "" },
  });
  const [, url = ""] = await server.output(/Banksman is at (https:\S+)/);
  await using miners = run(process.execPath, [MAIN, "sim", "miners", "--count", "3", "--from", FROM]);
  await miners.output(/miners on /);
  const ca = await readFile(cert);
  const session = await call(`${url}/api/session`, ca, "POST", { username: "admin", password: "a-password-for-tls" });
  assert.match(session.cookie, /Secure/);
  const cookie = session.cookie.split(";")[0] ?? "";
  await call(`${url}/api/sites`, ca, "POST", { site_id: "1", name: "TLS" }, cookie);
  const { data } = await call(`${url}/api/sites/1/collector-keys`, ca, "POST", { name: "edge" }, cookie);
  const edge = async (extra: object) => {
    const config = join(folder.path, "collector_config.json");
    const range = `${FROM}-${FROM.replace(/1$/, "3")}`;
    await writeFile(
      config,
      JSON.stringify({
        api_url: url,
        api_key: data.collector_key,
        site_id: "1",
        ip_ranges: [{ range }],
        spool: { path: join(folder.path, "spool.db") },
        ...extra,
      }),
    );
    return runToEnd(process.execPath, [MAIN, "edge", "--once", "--config", config]);
  };
  const distrusting = await edge({});
  assert.match(`${distrusting.stdout}${distrusting.stderr}`, /certificate/i);
  const trusting = await edge({ ca_file: cert });
  assert.equal(trusting.code, 0, trusting.stderr);
  const summary = await new Promise<string>((resolve) =>
    request(`${url}/api/collector/summary/1`, { ca, headers: { cookie } }, (response) =>
      response.on("data", (chunk: Buffer) => resolve(chunk.toString())),
    ).end(),
  );
  assert.equal(JSON.parse(summary).data.online, 3);
});
