import type { MqttClient } from "mqtt";
import { asDeviceError, DeviceErrors } from "../errors.ts";
import type { Line } from "./exchange.ts";

export type BrokerLine = Line & { credentials?: { username: string; password: string } };

/** The longest message taken. */
const MOST_BYTES = 1 << 18;

/** What was heard on a broker: the newest message of each topic, as text. */
export type Heard = ReadonlyMap<string, string>;

/**
 * A connection to a broker that containers publish to. Nothing is asked there: what is wanted is waited for, until
 * `enough` says so or the time is over.
 */
export class Broker {
  readonly #line: BrokerLine;
  readonly #client: MqttClient;

  private constructor(line: BrokerLine, client: MqttClient) {
    this.#line = line;
    this.#client = client;
  }

  static async open(line: BrokerLine): Promise<Broker> {
    const { host, port, connectTimeoutMs, credentials } = line;
    const left = Math.min(connectTimeoutMs, line.deadline - performance.now());
    if (left <= 0) throw DeviceErrors.TIMED_OUT(host);
    // Loaded when it is needed: few sites have a broker, and it is larger than all of this library.
    const { connectAsync } = await import("mqtt");
    const client = await connectAsync(
      `mqtt://${host}:${port}`,
      { connectTimeout: left, reconnectPeriod: 0, clean: true, ...credentials },
      // Not again after a failure: the collector has its own way with those that don't answer.
      false,
    ).catch((error: unknown) => {
      throw /not authori[sz]ed|bad user/i.test(String(error))
        ? DeviceErrors.ACCESS_DENIED(String(error))
        : brokerError(error, host);
    });
    client.on("error", () => {});
    return new Broker(line, client);
  }

  close(): void {
    this.#client.end(true);
  }

  /** The newest message of each topic of `filter`, once `enough` of them are there. Rejects when time is over. */
  async listen(filter: string, enough: (heard: Heard) => boolean): Promise<Heard> {
    const { host, signal, deadline } = this.#line;
    const heard = new Map<string, string>();
    const client = this.#client;
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer);
        client.off("message", onMessage).off("close", onClose);
        signal?.removeEventListener("abort", onAbort);
        settle();
      };
      const onMessage = (topic: string, payload: Buffer) => {
        if (payload.length > MOST_BYTES) return;
        heard.set(topic, payload.toString("utf8"));
        if (enough(heard)) end(() => resolve(heard));
      };
      const onClose = () => end(() => reject(DeviceErrors.BAD_ANSWER("the broker closed the connection")));
      const onAbort = () => end(() => reject(DeviceErrors.ABORTED(host)));
      const timer = setTimeout(
        () => end(() => reject(DeviceErrors.TIMED_OUT(host))),
        Math.max(1, deadline - performance.now()),
      );
      client.on("message", onMessage).on("close", onClose);
      signal?.addEventListener("abort", onAbort, { once: true });
      client.subscribe(filter, { qos: 0 }, (error) => {
        if (error) end(() => reject(brokerError(error, host)));
      });
    });
  }

  /** Publishes once, with QoS 1: the broker has it when this resolves. The container says nothing. */
  async publish(topic: string, payload: string): Promise<void> {
    this.#line.onSent?.();
    await this.#client.publishAsync(topic, payload, { qos: 1 }).catch((error: unknown) => {
      throw brokerError(error, this.#line.host);
    });
  }
}

const brokerError = (error: unknown, host: string): Error =>
  /connack timeout/i.test(String(error)) ? DeviceErrors.TIMED_OUT(host) : asDeviceError(error, host);
