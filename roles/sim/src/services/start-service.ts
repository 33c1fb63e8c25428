import { type HttpAnswer, type HttpCall, serveHttp } from "@banksman/replay";
import { objectOf, ServiceState, type SimService } from "./service.ts";

/** What goes wrong on demand: as each service says "too often", a failure, a proxy's page, silence, or a cut. */
export const SERVICE_FAULTS = ["429", "500", "html", "hang", "reset", "lost-answer"] as const;
export type ServiceFault = (typeof SERVICE_FAULTS)[number];

export type RunningService = {
  id: string;
  url: string;
  channel: ReturnType<SimService["channel"]>;
  state: ServiceState;
  /** The next `count` calls end so. */
  plant: (fault: ServiceFault, count: number) => void;
} & AsyncDisposable;

const HTML = "<html><body>502 Bad Gateway</body></html>";
const RETRY_S = "2";

/**
 * Starts one service. `POST /control/faults {"fault", "count"}` plants failures, `GET /control/messages` lists what was
 * taken. `lost-answer` takes the message and cuts the connection: the sender can't know.
 */
export async function startService(
  service: SimService,
  place: { host?: string; port?: number } = {},
): Promise<RunningService> {
  const state = new ServiceState();
  const planted: ServiceFault[] = [];
  const plant = (fault: ServiceFault, count: number) => {
    planted.push(...Array.from({ length: count }, () => fault));
  };
  const answer = (call: HttpCall): HttpAnswer => {
    if (call.path === "/control/messages") return { body: { taken: state.taken, removed: state.removed } };
    if (call.path === "/control/faults") return control(call, plant);
    const fault = planted.shift();
    return fault === undefined ? service.answer(call, state) : failing(fault, () => service.answer(call, state));
  };
  const running = await serveHttp(answer, place);
  return {
    id: service.id,
    url: running.url,
    channel: service.channel(running.url),
    state,
    plant,
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

function control({ body }: HttpCall, plant: (fault: ServiceFault, count: number) => void): HttpAnswer {
  const { fault, count = 1 } = objectOf(body);
  const known = SERVICE_FAULTS.find((one) => one === fault);
  if (known === undefined || typeof count !== "number" || count < 1 || count > 1_000)
    return { status: 400, body: { error: `fault is one of ${SERVICE_FAULTS.join(", ")}; count 1 to 1000` } };
  plant(known, count);
  return { body: { fault: known, count } };
}

function failing(fault: ServiceFault, answer: () => HttpAnswer): HttpAnswer {
  switch (fault) {
    case "429":
      return { status: 429, headers: { "retry-after": RETRY_S }, body: { retry_after: Number(RETRY_S) } };
    case "500":
      return { status: 500, body: { error: "internal" } };
    case "html":
      return { status: 200, headers: { "content-type": "text/html" }, body: HTML };
    case "hang":
      return { fault: "hang" };
    case "reset":
      return { fault: "refuse" };
    case "lost-answer":
      answer();
      return { fault: "refuse" };
  }
}
