import { planFaults } from "../fault-plan.ts";
import { type CameraCounts, type CameraFault, SimCamera } from "./camera.ts";
import { CameraErrors } from "./errors.ts";
import { Encoders } from "./ffmpeg.ts";
import { serveCamerasHttp } from "./http.ts";
import { encodeLoop, type Loop, PICTURE, type Picture } from "./picture.ts";
import { serveCameraRtmp } from "./rtmp.ts";
import { serveCamerasRtsp } from "./rtsp.ts";
import type { SignIn } from "./sign-in.ts";

export type CameraSimOptions = {
  count: number;
  seed: number;
  /** Of HTTP; 0 takes a free one, as for the others. */
  port: number;
  rtspPort: number;
  /** So many, from the first one on, also play RTMP, each at a port of its own from this one on. */
  rtmp?: { cameras: number; port: number };
  /** Parts of all cameras; the others play as they should. */
  faults?: readonly { kind: CameraFault; share: number }[];
  /** All of them show the same loop, so that it is encoded once. */
  samePicture?: boolean;
  picture?: Picture;
  /** What they want to be told; anybody may look at them without it. */
  signIn?: SignIn;
  now?: () => number;
};

/** Where a camera plays. */
export type CameraAddresses = {
  id: string;
  site: string;
  hls: string;
  /** The same with its variants. */
  master: string;
  /** The variant of lower cost by itself. */
  low: string;
  fmp4: string;
  /** With its segments encrypted, AES-128. */
  aes: string;
  mjpeg: string;
  rtsp: string;
  rtsp_low: string;
  /** Only of those that have it. */
  rtmp: string | null;
};

export type CameraSim = {
  cameras: readonly CameraAddresses[];
  /** What each camera was asked, by its id. */
  counts: () => Record<string, CameraCounts & { fault: CameraFault | null }>;
  setFault: (camera: string, fault: CameraFault | null) => void;
  close: () => Promise<void>;
} & AsyncDisposable;

const HOST = "127.0.0.1";
const CAMERAS_PER_SITE = 30;

/** Starts cameras on real sockets. */
export async function startCameras(options: CameraSimOptions): Promise<CameraSim> {
  const encoders = new Encoders();
  await encoders.check();
  const cameras = new Map(camerasOf(options, encoders).map((camera) => [camera.id, camera]));
  await using opened = new AsyncDisposableStack();
  opened.defer(() => encoders.close());
  const place = { host: HOST, signIn: options.signIn };
  const http = opened.use(await serveCamerasHttp(cameras, { ...place, port: options.port }));
  const rtsp = opened.use(await serveCamerasRtsp(cameras, { ...place, port: options.rtspPort }));
  const rtmpPorts = new Map<SimCamera, number>();
  const { rtmp = { cameras: 0, port: 0 } } = options;
  for (const [index, camera] of [...cameras.values()].slice(0, rtmp.cameras).entries()) {
    const port = rtmp.port === 0 ? 0 : rtmp.port + index;
    rtmpPorts.set(camera, opened.use(await serveCameraRtmp(camera, encoders, { host: HOST, port })).port);
  }
  // From here on the caller closes them.
  const servings = opened.move();
  const close = async () => {
    // A picture that nobody will see isn't waited for.
    await encoders.close();
    await servings.disposeAsync();
  };
  return {
    cameras: [...cameras.values()].map((camera) =>
      addressesOf(camera, { http: http.port, rtsp: rtsp.port, rtmp: rtmpPorts.get(camera) }),
    ),
    counts: () => Object.fromEntries([...cameras.values()].map(({ id, fault, counts }) => [id, { fault, ...counts }])),
    setFault: (id, fault) => {
      const camera = cameras.get(id);
      if (!camera) throw CameraErrors.UNKNOWN(id);
      camera.setFault(fault);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function camerasOf(options: CameraSimOptions, encoders: Encoders): SimCamera[] {
  const { count, seed, faults = [], samePicture = false, picture = PICTURE, now = Date.now } = options;
  const plan = planFaults(faults, count, seed);
  const shared = once(() => encodeLoop(encoders, "all cameras", picture));
  return Array.from({ length: count }, (_, index) => {
    const id = `cam-${String(index + 1).padStart(3, "0")}`;
    const site = `site-${Math.floor(index / CAMERAS_PER_SITE) + 1}`;
    const own = once(() => encodeLoop(encoders, `${site} ${id}`, picture));
    return new SimCamera({ id, site }, samePicture ? shared : own, plan.get(index) ?? null, now);
  });
}

/** Encodes at the first call; one that failed is tried again at the next. */
function once(encode: () => Promise<Loop>): () => Promise<Loop> {
  let loop: Promise<Loop> | undefined;
  return () => {
    loop ??= encode().catch((error: unknown) => {
      loop = undefined;
      throw error;
    });
    return loop;
  };
}

type Ports = { http: number; rtsp: number; rtmp: number | undefined };

function addressesOf({ id, site }: SimCamera, ports: Ports): CameraAddresses {
  const folder = `http://${HOST}:${ports.http}/${id}`;
  const rtsp = `rtsp://${HOST}:${ports.rtsp}/${id}`;
  return {
    id,
    site,
    hls: `${folder}/index.m3u8`,
    master: `${folder}/master.m3u8`,
    low: `${folder}/low/index.m3u8`,
    fmp4: `${folder}/fmp4/index.m3u8`,
    aes: `${folder}/aes/index.m3u8`,
    mjpeg: `${folder}/mjpeg`,
    rtsp,
    rtsp_low: `${rtsp}/low`,
    rtmp: ports.rtmp === undefined ? null : `rtmp://${HOST}:${ports.rtmp}/live/${id}`,
  };
}
