import { codeOf, runRole, untilAborted } from "@banksman/kit";
import { flagsOf } from "../flags.ts";
import { CAMERA_FAULTS } from "./camera.ts";
import { serveControl } from "./control.ts";
import { PICTURE, type Picture } from "./picture.ts";
import type { SignIn } from "./sign-in.ts";
import { type CameraSimOptions, startCameras } from "./start-cameras.ts";

/** The flags of `banksman sim cameras`, as text. */
export type CameraFlags = {
  count?: string | undefined;
  port?: string | undefined;
  rtspPort?: string | undefined;
  rtmp?: string | undefined;
  rtmpPort?: string | undefined;
  seed?: string | undefined;
  resolution?: string | undefined;
  fps?: string | undefined;
  bitrate?: string | undefined;
  samePicture?: boolean | undefined;
  signIn?: string | undefined;
  controlPort?: string | undefined;
  fault?: string[] | undefined;
};

const { usage, whole, faults } = flagsOf("banksman sim cameras");

function pictureOf({ resolution, fps, bitrate }: CameraFlags): Picture {
  const [, width = "", height = ""] = /^(\d+)x(\d+)$/.exec(resolution ?? `${PICTURE.width}x${PICTURE.height}`) ?? [];
  // H.264 halves both for its colours.
  if (width === "" || Number(width) % 2 === 1 || Number(height) % 2 === 1)
    throw usage(`--resolution ${resolution}: must be WIDTHxHEIGHT in even numbers, such as 1920x1080`);
  return {
    width: whole("--resolution: width", width, 160, 7_680),
    height: whole("--resolution: height", height, 90, 4_320),
    fps: whole("--fps", fps ?? String(PICTURE.fps), 2, 60),
    kbps: bitrate === undefined ? null : kbpsOf(bitrate),
  };
}

function kbpsOf(bitrate: string): number {
  const [, number = "", unit] = /^(\d+(?:\.\d+)?)([kM])$/.exec(bitrate) ?? [];
  if (unit === undefined) throw usage(`--bitrate ${bitrate}: must be such as 500k or 3M`);
  return whole("--bitrate: kbit/s", String(Number(number) * (unit === "M" ? 1_000 : 1)), 16, 100_000);
}

function signInOf(text: string): SignIn {
  const [, username, password] = /^([^:]+):(.+)$/.exec(text) ?? [];
  if (username === undefined || password === undefined) throw usage("--sign-in: must be NAME:PASSWORD");
  return { username, password };
}

/** Reads the flags; throws USAGE_FLAGS with the flag and the fix. */
export function cameraOptionsOf(flags: CameraFlags): CameraSimOptions {
  const count = whole("--count", flags.count ?? "150", 1, 5_000);
  const pushing = whole("--rtmp", flags.rtmp ?? "0", 0, 100);
  if (pushing > count) throw usage(`--rtmp ${pushing}: must be no more than the cameras there are (--count ${count})`);
  return {
    count,
    seed: whole("--seed", flags.seed ?? "1", 0, 2 ** 31 - 1),
    port: whole("--port", flags.port ?? "18400", 0, 65_535),
    rtspPort: whole("--rtsp-port", flags.rtspPort ?? "18554", 0, 65_535),
    rtmp: {
      cameras: pushing,
      port: whole("--rtmp-port", flags.rtmpPort ?? "18600", 0, 65_000),
    },
    picture: pictureOf(flags),
    samePicture: flags.samePicture ?? false,
    faults: faults(flags.fault ?? [], CAMERA_FAULTS),
    ...(flags.signIn !== undefined && { signIn: signInOf(flags.signIn) }),
  };
}

/** Runs simulated cameras until SIGTERM; resolves to the exit code. */
export function runSimCameras(flags: CameraFlags): Promise<number> {
  return runRole(
    "sim",
    async () => ({
      options: cameraOptionsOf(flags),
      controlPort: whole("--control-port", flags.controlPort ?? "18490", 0, 65_535),
    }),
    async ({ options, controlPort }, { signal, onStop, log }) => {
      const sim = await startCameras(options).catch((error: unknown) => {
        throw codeOf(error) === "EADDRINUSE"
          ? usage("a port is in use; give another --port, --rtsp-port or --rtmp-port")
          : error;
      });
      onStop("close cameras", sim.close);
      const control = await serveControl(sim, controlPort).catch((error: unknown) => {
        throw codeOf(error) === "EADDRINUSE"
          ? usage(`port ${controlPort} is in use; give another --control-port`)
          : error;
      });
      onStop("close control", async () => await control[Symbol.asyncDispose]());
      const [first, last] = [sim.cameras[0], sim.cameras.at(-1)];
      log.info(
        `${sim.cameras.length} cameras from ${first?.hls} and ${first?.rtsp} to ${last?.id}; all addresses and what they counted on ${control.url}/control/cameras`,
      );
      await untilAborted(signal);
    },
  );
}
