import { spawnSync } from "node:child_process";
import type { Log } from "@banksman/kit";
import { AddCamera, ChangeCamera, ListCameras } from "@banksman/wire/api";
import { type Part, startPart } from "./child.ts";
import { call } from "./setup.ts";

const COUNT = 4;
const NAMES = ["Gate", "Row A", "Row B", "Cooling"];

/** Cameras of the demo's site; none where there is no ffmpeg to make their pictures. */
export function startCameras(banksman: readonly string[], log: Log): Part | null {
  if (spawnSync("ffmpeg", ["-version"], { stdio: "ignore" }).status !== 0) return null;
  const args = ["sim", "cameras", "--count", String(COUNT), "--port", "0", "--rtsp-port", "0", "--control-port", "0"];
  return startPart("cameras", [...banksman, ...args], { LOG_LEVEL: "info" }, log);
}

/** Registers them, or tells their new addresses: these are others at each start. */
export async function ensureCameras(url: string, cookie: string, siteId: string, cameras: Part): Promise<void> {
  const [, base = ""] = await cameras.prints(/cameras from (http:\S+)\/cam-001/);
  const { data } = ListCameras.reply.parse(await (await call(url, ListCameras.path, { cookie })).json());
  for (const [index, name] of NAMES.entries()) {
    const folder = `${base}/cam-00${index + 1}`;
    const body = { name, kind: "hls", url: `${folder}/index.m3u8`, low_url: `${folder}/low/index.m3u8` };
    const known = data.cameras.find((camera) => camera.name === name && camera.site_id === siteId);
    const path = `/sites/${siteId}/cameras`;
    if (known) await call(url, `${path}/${known.camera_id}`, { method: ChangeCamera.method, body, cookie });
    else await call(url, path, { method: AddCamera.method, body, cookie });
  }
}
