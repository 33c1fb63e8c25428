import assert from "node:assert/strict";
import { waitFor } from "@banksman/testkit";
import {
  type Command,
  type CommandPreview,
  GetCommand,
  GiveCommands,
  type GivenOrder,
  type ReplyOf,
} from "@banksman/wire/api";
import type { CommandState } from "@banksman/wire/model";
import { fakeEdge } from "./fake-edge.ts";
import { siteWithKey, startTestServer } from "./test-server.ts";

const PASSWORD = "another-long-password";

type Given = ReplyOf<typeof GiveCommands>["data"];
type Body = { target?: object; miners?: string[]; order?: object; reason?: string } & Record<string, unknown>;

const bodyOf = ({ miners = ["m0"], target, order = { order: "locate", on: true }, ...rest }: Body) => ({
  target: target ?? { site_id: "1", miner_ids: miners },
  order,
  reason: "a test",
  ...rest,
});
/** The first command of an order. */
export const first = ({ commands }: Given): string => commands[0]?.command_id ?? assert.fail("no command");

/**
 * A server with site "1", miners m0, m1, … of a known driver (the last of an unknown one, the last but one asleep), an edge
 * in the test's hand, an admin and `second`, an operator. Orders are locate to m0 by the admin unless the test says else.
 */
export async function commandSite(minersCount: number, settings: Record<string, unknown> = {}) {
  const server = await startTestServer(settings);
  const { cookie: admin, key } = await siteWithKey(server, "1");
  const person = async (username: string, role: string): Promise<string> => {
    const body = { username, password: PASSWORD, role };
    assert.equal((await server.call("POST", "/api/users", { cookie: admin, body })).status, 200);
    return server.signIn(username, PASSWORD);
  };
  const second = await person("second", "operator");
  const miners = Array.from({ length: minersCount }, (_, n) => `m${n}`);
  const readings = miners.map((miner_id, n) => ({
    miner_id,
    online: true,
    hashrate_ghs: 200_000,
    power_consumption: 3_500,
    driver: n === minersCount - 1 ? "unknown-driver" : "antminer",
    ...(n === minersCount - 2 && { hashrate_ghs: 0, status: "sleeping" }),
  }));
  assert.equal((await server.call("POST", "/api/collector/upload", { key, body: readings })).status, 200);
  const edge = await fakeEdge(server.url, key, miners);

  const ask = (body: Body, cookie = admin, headers?: Record<string, string>) =>
    server.call("POST", "/api/commands", { cookie, body: bodyOf(body), ...(headers && { headers }) });
  const give = async (
    body: Body,
    { cookie = admin, headers }: { cookie?: string; headers?: Record<string, string> } = {},
  ): Promise<Given> => {
    const { status, body: answer } = await ask(body, cookie, headers);
    assert.equal(status, 202, JSON.stringify(answer));
    return GiveCommands.reply.parse(answer).data;
  };
  const command = async (id: string): Promise<Command> => {
    const { body } = await server.call("GET", `/api/commands/${id}`, { cookie: admin });
    return GetCommand.reply.parse(body).data;
  };
  return {
    server,
    admin,
    second,
    key,
    edge,
    miners,
    person,
    ask,
    give,
    command,
    reaches: (id: string, state: CommandState) =>
      waitFor(`${id} to be ${state}`, async () => {
        const found = await command(id);
        return found.state === state ? found : null;
      }),
    order: async (id: string) =>
      (await server.call("GET", `/api/orders/${id}`, { cookie: admin })).body.data as GivenOrder,
    decide: (id: string, what: string, cookie = second, body: object = {}) =>
      server.call("POST", `/api/orders/${id}/${what}`, {
        cookie,
        ...(what === "approve" || what === "reject" ? { body } : {}),
      }),
    preview: async (body: Body, cookie = admin) =>
      (await server.call("POST", "/api/commands/preview", { cookie, body: bodyOf(body) })).body.data as CommandPreview,
    sentTo: (id: string) => edge.commands().filter(({ command_id }) => command_id === id).length,
    [Symbol.asyncDispose]: async () => {
      edge[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
export type CommandSite = Awaited<ReturnType<typeof commandSite>>;
