import { jsonOf } from "@banksman/kit";
import { type HttpAnswer, type HttpCall, serveHttp } from "@banksman/replay";
import { z } from "zod";
import { COOLING_FAULTS, type SimController } from "./start-cooling.ts";

/** One that refuses connections has no socket, which only the start of the simulator decides. */
const Plant = z.object({
  host: z.string(),
  fault: z.enum(COOLING_FAULTS).exclude(["refuse"]).nullable(),
});

/**
 * What the simulated controllers have counted, and a way to break them while they run: `GET /control/controllers`,
 * `POST /control/faults {"host", "fault"}` with `null` to mend one.
 */
export function serveControl(controllers: readonly SimController[], port: number) {
  return serveHttp((call) => answer(call, controllers), { port });
}

function answer({ method, path, body }: HttpCall, controllers: readonly SimController[]): HttpAnswer {
  if (method === "GET" && path === "/control/controllers") return { body: told(controllers) };
  if (method !== "POST" || path !== "/control/faults")
    return { status: 404, body: { error: "there is no such thing" } };
  const asked = Plant.safeParse(jsonOf(body));
  if (!asked.success) return { status: 400, body: { error: z.prettifyError(asked.error) } };
  const controller = controllers.find(({ host }) => host === asked.data.host);
  if (!controller) return { status: 404, body: { error: `there is no controller ${asked.data.host}` } };
  controller.fault = asked.data.fault;
  return { body: { host: controller.host, fault: controller.fault } };
}

function told(controllers: readonly SimController[]) {
  const sum = (of: (one: SimController) => number) => controllers.reduce((total, one) => total + of(one), 0);
  return {
    requests: sum(({ requests }) => requests),
    overlapping_requests: sum(({ overlaps }) => overlaps),
    doubled_writes: sum(({ doubled }) => doubled),
    controllers: controllers.map(({ host, maker, fault, requests, overlaps, peak, doubled, writes }) => ({
      host,
      maker,
      fault,
      requests,
      overlapping_requests: overlaps,
      most_at_once: peak,
      doubled_writes: doubled,
      writes: Object.fromEntries(writes),
    })),
  };
}
