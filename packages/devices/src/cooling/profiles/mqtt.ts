import { repairJson } from "../../decode/tolerant-json.ts";
import { DeviceErrors } from "../../errors.ts";
import { Broker } from "../../transports/mqtt.ts";
import type { CoolingTarget } from "../family.ts";
import type { Wire } from "./family.ts";
import { atPath, type JsonPlace, type MqttProfile } from "./profile.ts";

type MqttWrite = NonNullable<MqttProfile["orders"]["start"]>["write"];

/** Who publishes does so every few seconds. */
const PATIENCE_MS = 6_000;

/** Controllers that publish JSON to a broker: what is wanted is waited for, until the look's time is over. */
export const overMqtt = ({ messages, port }: MqttProfile): Wire<JsonPlace, MqttWrite> => ({
  patienceMs: PATIENCE_MS,
  look: async (target, lane) => {
    const wanted = Object.entries(messages).flatMap(([name, { topic, lane: of }]): [string, string][] =>
      of === "slow" && lane === "fast" ? [] : [[name, topicOf(topic, target)]],
    );
    const broker = await Broker.open({ ...target, port: target.port ?? port });
    try {
      const heard = await broker.listen("#", (so) => wanted.every(([, topic]) => so.has(topic)));
      const answers = new Map(wanted.map(([name, topic]) => [name, repairJson(heard.get(topic) ?? "")?.value]));
      return ({ from, path }) => {
        if (!answers.has(from)) return null;
        const body = answers.get(from);
        return { raw: body === undefined ? undefined : atPath(body, path) };
      };
    } finally {
      broker.close();
    }
  },
  write: async (write, value, target, onSent) => {
    const broker = await Broker.open({ ...target, port: target.port ?? port, onSent });
    try {
      await broker.publish(topicOf(write.topic, target), payloadOf(write, value));
      return null;
    } finally {
      broker.close();
    }
  },
  show: (write, value, target) => ({
    to: `${target.host}:${target.port ?? port}, topic ${write.topic.replaceAll("{topic}", target.topic ?? "<topic>")}`,
    bytes: payloadOf(write, value),
  }),
});

const payloadOf = ({ payload }: MqttWrite, value: string | number | boolean) =>
  payload.replaceAll("{value}", String(value));

function topicOf(template: string, { topic }: CoolingTarget): string {
  if (!template.includes("{topic}")) return template;
  if (topic === undefined) throw DeviceErrors.BAD_ANSWER("say which unit: the prefix of its topics");
  return template.replaceAll("{topic}", topic);
}
