import assert from "node:assert/strict";
import { type OrderReport, runOrder } from "@banksman/devices";
import { freePort } from "@banksman/testkit";
import type { Order } from "@banksman/wire/model";
import { type Control, ORDER_FAULTS, type OrderFault, type Timing } from "../control.ts";
import { type Sim, startMiners } from "../start-miners.ts";

type Target = Parameters<typeof runOrder>[0];

/** For tests of orders: one miner of each model that works, and one for each way in which orders fail. */
export type OrderBench = {
  /** The miner of a model that fails that way, or that works. */
  miner: (model: string, fault: OrderFault | null) => { target: Target; control: Control; mac: string };
  close: () => Promise<void>;
};

/** What there is of each model. */
const KINDS: readonly (OrderFault | null)[] = [null, ...ORDER_FAULTS];

/** `range` is the first three numbers of addresses that no other test uses: `127.100.7`. */
export async function startOrderBench(range: string, models: readonly string[], timing: Timing): Promise<OrderBench> {
  const [port, webPort, v3Port] = [await freePort(), await freePort(), await freePort()];
  const sims: Sim[] = [];
  for (const model of models) {
    for (const kind of KINDS) {
      const from = `${range}.${sims.length + 1}`;
      const faults = kind === null ? [] : [{ kind, share: 1 }];
      sims.push(await startMiners({ count: 1, from, port, seed: 3, models: [model], faults, timing, webPort, v3Port }));
    }
  }
  return {
    miner: (model, fault) => {
      const sim = sims.find(({ miners: [one] }) => one?.model.id === model && (one.fault ?? null) === fault);
      const [miner, control] = [sim?.miners[0], sim?.controls[0]];
      assert.ok(miner && control);
      return {
        target: { host: miner.host, port, options: { http_port: webPort, v3_port: v3Port } },
        control,
        mac: miner.who.mac,
      };
    },
    close: async () => {
      await Promise.all(sims.map((sim) => sim.close()));
    },
  };
}

/** Gives an order with the times of the bench's miners, which restart within moments. */
export const give = (
  target: Target,
  order: Order,
  more: Partial<Parameters<typeof runOrder>[2]> = {},
): Promise<OrderReport> =>
  runOrder(target, order, {
    connectTimeoutMs: 1_000,
    totalTimeoutMs: 5_000,
    factoryCredentials: true,
    pollMs: 40,
    verifyWithinMs: 6_000,
    ...more,
  });
