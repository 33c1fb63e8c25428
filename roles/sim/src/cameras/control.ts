import { jsonOf } from "@banksman/kit";
import { type HttpAnswer, type HttpCall, serveHttp } from "@banksman/replay";
import { z } from "zod";
import { CAMERA_FAULTS } from "./camera.ts";
import type { CameraSim } from "./start-cameras.ts";

const Plant = z.object({ camera: z.string(), fault: z.enum(CAMERA_FAULTS).nullable() });

/**
 * What the simulated cameras were asked, and a way to break them while they run: `GET /control/cameras`,
 * `POST /control/faults {"camera", "fault"}` with `null` to mend one.
 */
export function serveControl(sim: CameraSim, port: number) {
  return serveHttp((call) => answer(call, sim), { port });
}

function answer({ method, path, body }: HttpCall, sim: CameraSim): HttpAnswer {
  if (method === "GET" && path === "/control/cameras") return { body: told(sim) };
  if (method !== "POST" || path !== "/control/faults")
    return { status: 404, body: { error: "there is no such thing" } };
  const asked = Plant.safeParse(jsonOf(body));
  if (!asked.success) return { status: 400, body: { error: z.prettifyError(asked.error) } };
  const { camera, fault } = asked.data;
  if (!sim.cameras.some(({ id }) => id === camera))
    return { status: 404, body: { error: `there is no camera ${camera}` } };
  sim.setFault(camera, fault);
  return { body: { camera, fault } };
}

function told(sim: CameraSim) {
  const counts = sim.counts();
  return { cameras: sim.cameras.map((addresses) => ({ ...addresses, ...counts[addresses.id] })) };
}
