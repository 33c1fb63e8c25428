import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { Aedes } from "aedes";
import type { Plc } from "./antbox.ts";
import { bitdeerMessages, bitdeerOrder } from "./bitdeer.ts";

/** `silent`: it publishes nothing; `cuts`: while it does, the broker drops every second client. */
type Container = { prefix: string; silent: () => boolean; cuts: () => boolean; plc: Plc };

/** A broker on a real socket, and the containers that publish to it and take orders from it. */
export async function startContainerBroker(
  containers: readonly Container[],
  { host, port, publishMs }: { host: string; port: number; publishMs: number },
): Promise<AsyncDisposable> {
  const broker = await Aedes.createBroker();
  let connections = 0;
  const server = createServer((socket: Socket) => {
    connections++;
    if (connections % 2 === 0 && containers.some(({ cuts }) => cuts())) socket.destroy();
    else broker.handle(socket);
  });
  server.listen(port, host);
  await once(server, "listening");
  for (const { prefix, plc } of containers) {
    for (const topic of ORDERS) {
      broker.subscribe(
        `${prefix}${topic}`,
        (packet, done) => {
          bitdeerOrder(topic, packet.payload.toString(), plc);
          done();
        },
        () => {},
      );
    }
  }
  const publish = () => {
    for (const { prefix, plc, silent } of containers) {
      if (silent()) continue;
      for (const [topic, body] of Object.entries(bitdeerMessages(plc))) {
        broker.publish(
          {
            cmd: "publish",
            qos: 0,
            retain: false,
            dup: false,
            topic: `${prefix}${topic}`,
            payload: JSON.stringify(body),
          },
          () => {},
        );
      }
    }
  };
  const timer = setInterval(publish, publishMs);
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await new Promise<void>((resolve) => broker.close(resolve));
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const ORDERS = ["PumpOperate", "PDUOperate", "CoolerOperate", "ParameterSet", "RunningOperate", "TacticsSet"] as const;
