import { randomUUID } from "node:crypto";
import { waitFor } from "@banksman/testkit";
import { COLLECTOR_LINK_PATH, EdgeFrame, LINK_PROTOCOL, ServerFrame } from "@banksman/wire/link";
import type { OrderResult } from "@banksman/wire/model";
import { WebSocket } from "ws";

type CommandFrame = Extract<ServerFrame, { type: "command" }>;
type CoolingFrame = Extract<ServerFrame, { type: "cooling_command" }>;

export const DONE: OrderResult = {
  outcome: "accepted",
  verified: "yes",
  code: null,
  reason: null,
  seen: "the device shows it",
  driver: "antminer",
  model: "S21",
  took_ms: 12,
};

/** The edge's end of an order link, in a test's hand: keeps what it is sent, tells what the test says. */
export async function fakeEdge(
  url: string,
  key: string,
  minerIds: readonly string[],
  {
    ledgerId = randomUUID(),
    cooling = [] as string[],
    orders = ["reboot", "locate", "mode_set", "power_target", "pools_set", "raw"],
  } = {},
) {
  const socket = new WebSocket(`${url.replace("http", "ws")}${COLLECTOR_LINK_PATH}`, {
    headers: { "x-collector-key": key },
  });
  const frames: ServerFrame[] = [];
  let onCommand: ((frame: CommandFrame) => void) | undefined;
  socket.on("message", (data) => {
    const frame = ServerFrame.parse(JSON.parse(String(data)));
    frames.push(frame);
    if (frame.type === "command") onCommand?.(frame);
  });
  await new Promise<void>((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const say = (frame: EdgeFrame) => socket.send(JSON.stringify(EdgeFrame.parse(frame)));
  const hello: EdgeFrame = {
    type: "hello",
    protocol: LINK_PROTOCOL,
    ledger_id: ledgerId,
    collector_id: "edge-1",
    version: "0.1.0",
    manifest: {
      drivers: { antminer: { title: "Antminer", orders } },
      edge_orders: ["rescan", "set_interval"],
      ...(cooling.length > 0 && { cooling_drivers: { antbox: { title: "AntBox", orders: cooling } } }),
    },
    miner_ids: [...minerIds],
  };
  say(hello);
  await waitFor("a welcome", () => frames.some(({ type }) => type === "welcome"));
  const commands = () => frames.filter((frame): frame is CommandFrame => frame.type === "command");
  return {
    socket,
    frames,
    ledgerId,
    hello,
    say,
    commands,
    command: (count = 1) => waitFor(`${count} commands`, () => commands()[count - 1]),
    coolingCommand: (count = 1) =>
      waitFor(`${count} orders to cooling units`, () =>
        frames.filter((frame): frame is CoolingFrame => frame.type === "cooling_command").at(count - 1),
      ),
    end: (commandId: string, result: OrderResult = DONE) => say({ type: "result", command_id: commandId, result }),
    /** Answers each command with what `result` says. */
    answer: (result: (frame: CommandFrame) => OrderResult | null) => {
      onCommand = (frame) => {
        const told = result(frame);
        if (told) say({ type: "result", command_id: frame.command_id, result: told });
      };
      for (const frame of commands()) onCommand(frame);
    },
    [Symbol.dispose]: () => socket.terminate(),
  };
}
export type FakeEdge = Awaited<ReturnType<typeof fakeEdge>>;
