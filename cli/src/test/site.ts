import { fileURLToPath } from "node:url";
import { type Running, run } from "@banksman/testkit";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
/** Of the first admin of every server that a test starts. */
export const PASSWORD = "a-drill-needs-a-password";

/** `banksman <args>` as a process of its own. */
export const banksman = (args: readonly string[], environment: NodeJS.ProcessEnv = {}): Running =>
  run(process.execPath, [MAIN, ...args], { env: { ...process.env, LOG_LEVEL: "debug", ...environment } });

/** Makes site 1 and a collector key for it. */
export async function makeKey(url: string): Promise<string> {
  const post = (path: string, body: object, cookie = "") =>
    fetch(`${url}/api${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", cookie },
      body: JSON.stringify(body),
    });
  const session = await post("/session", { username: "admin", password: PASSWORD });
  const cookie = session.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  await post("/sites", { site_id: "1", name: "Drill" }, cookie);
  const reply = (await (await post("/sites/1/collector-keys", { name: "drill" }, cookie)).json()) as {
    data: { collector_key: string };
  };
  return reply.data.collector_key;
}
