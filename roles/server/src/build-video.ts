import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { Gauge, type RoleContext } from "@banksman/kit";
import {
  type CameraAnswer,
  cameraEgress,
  clearLeftovers,
  createCameraReader,
  createDecoder,
  createKeyFrames,
  type KeyFrame,
  pause,
  pictureOnce,
  type Wish,
} from "@banksman/video";
import type { CameraPlan } from "@banksman/wire/model";
import type { FastifyInstance } from "fastify";
import type { AlertService } from "./alerts/service.ts";
import type { Audit } from "./audit/recorder.ts";
import type { ServerConfig } from "./config.ts";
import type { Database } from "./db/connect.ts";
import type { Api } from "./http/api.ts";
import type { Caller } from "./http/caller.ts";
import { runEvery } from "./jobs/every.ts";
import type { Hub } from "./live/hub.ts";
import type { Vault } from "./secrets.ts";
import type { siteFinder } from "./sites/service.ts";
import { createAdmission } from "./video/admission.ts";
import { type CameraRow, cameraStore } from "./video/camera-store.ts";
import { type CameraPlace, type CameraState, cameraService } from "./video/cameras.ts";
import { objectStore } from "./video/object-store.ts";
import { otherServers } from "./video/other-servers.ts";
import { createPictures } from "./video/pictures.ts";
import { createRecorders } from "./video/recorders.ts";
import { recordingFiles } from "./video/recording-files.ts";
import { recordingStore } from "./video/recording-store.ts";
import { recordingService } from "./video/recordings.ts";
import { serveRelay } from "./video/relay.ts";
import { videoRoutes } from "./video/routes.ts";
import { serveStreams } from "./video/serve-streams.ts";
import { createStreams } from "./video/streams.ts";
import { type Viewing, viewingTokens } from "./video/tokens.ts";
import { createTranscodes } from "./video/transcodes.ts";
import { trialService } from "./video/trials.ts";
import { viewStore } from "./video/view-store.ts";
import { serveWall } from "./video/wall-socket.ts";
import { watchService } from "./video/watch.ts";

const TIDY_MS = 5_000;
const STOP_MS = 5_000;
/** Decoders at once: one for each of two cores, which 150 cameras need. */
const DECODERS = 2;
/** ffmpeg processes that read cameras which speak no HLS. */
const MOST_READERS = 64;

type Parts = {
  config: ServerConfig;
  database: Pick<Database, "db" | "pool">;
  vault: Vault;
  sites: ReturnType<typeof siteFinder>;
  alerts: Pick<AlertService, "get">;
  audit: Pick<Audit, "record">;
  hub: Hub;
  identify: (request: IncomingMessage) => Promise<Caller>;
  again: (caller: Caller, request: IncomingMessage) => Promise<Caller>;
  personBy: (via: Viewing["via"]) => Promise<Caller>;
  allowsOrigin: (request: IncomingMessage) => boolean;
};

/** Cameras: who may see them, their streams, the wall of key frames, and recordings. */
export function buildVideo(parts: Parts, context: RoleContext) {
  const { config, database, vault, sites, alerts, audit, hub } = parts;
  const { video, data_dir: dataDir } = config;
  const { log, metrics, onStop, signal } = context;
  const { db, pool } = database;
  const workDir = join(dataDir, "video");

  const reader = createCameraReader({
    egress: cameraEgress(config.egress.allow),
    workDir,
    log,
    mostProcesses: MOST_READERS,
  });
  const { redis_url: redisUrl } = config;
  const relay = serveRelay({
    identify: parts.identify,
    others: (askHere) => (redisUrl === undefined ? null : otherServers(redisUrl, { vault, askHere, log })),
    log,
  });
  const admission = createAdmission(() => video);
  /** Resolves when the line of the camera's site has room. */
  const lineOf = ({ site_id }: CameraPlace): Promise<void> => admission.line(site_id).take(0);
  /** Reads where the camera can be reached, for who waited for the site's line. */
  const readAt = async (
    { site_id, site_no, via }: CameraPlace,
    plan: CameraPlan,
    address: string | null,
    wish: Wish,
  ): Promise<CameraAnswer> => {
    const answer =
      via === "edge" ? await relay.read(site_no, plan, address, wish) : await reader.read(plan, address, wish);
    admission.line(site_id).spend(answer.body.length);
    return answer;
  };
  const read = async (plan: CameraPlan, address: string | null, wish: Wish): Promise<CameraAnswer> => {
    const row = await cameras.find(plan.camera_id, "all");
    await lineOf(row);
    return readAt(row, plan, address, wish);
  };
  const streams = createStreams(read, video.cache_mb * 1_048_576, log);
  const transcodes = createTranscodes({
    streams,
    workDir,
    hardware: video.hardware,
    mostProcesses: video.max_processes,
    log,
  });
  const decoder = createDecoder({ mostAtOnce: DECODERS });
  const keyFrameHere = createKeyFrames(streams.readOnce, decoder);
  const keyFrameThere = async (
    { site_id, site_no }: CameraPlace,
    plan: CameraPlan,
    widthPx: number,
    once: boolean,
  ): Promise<KeyFrame> => {
    const frame = await relay.keyFrame(site_no, plan, widthPx, once);
    admission.line(site_id).spend(frame.jpeg.length);
    return frame;
  };
  const keyFrame = async (row: CameraRow, widthPx: number): Promise<KeyFrame> => {
    const plan = cameras.planOf(row, "low");
    if (row.via === "server") return keyFrameHere(plan, widthPx);
    await lineOf(row);
    return keyFrameThere(row, plan, widthPx, false);
  };
  const pictureToTry = async (place: CameraPlace, plan: CameraPlan, widthPx: number): Promise<KeyFrame> => {
    if (place.via === "edge") return keyFrameThere(place, plan, widthPx, true);
    const readHere = (...asked: Parameters<typeof read>) => readAt(place, ...asked);
    return pictureOnce({ read: readHere, forget: reader.forget, decoder }, plan, widthPx);
  };
  const rowOf = (cameraId: string) => cameras.find(cameraId, "all").catch(() => null);
  const pictures = createPictures({ keyFrame, rowOf, log });

  const stateOf = (cameraId: string): CameraState => {
    const [stream, picture] = [streams.stateOf(cameraId), pictures.stateOf(cameraId)];
    const viewers = admission.viewersOf(cameraId) + (picture?.viewers ?? 0);
    const failure = picture?.failure ?? stream?.failure ?? null;
    const picturedAtMs = Math.max(stream?.pictureAtMs ?? 0, picture?.pictureAtMs ?? 0);
    const isRead = stream !== null || picture !== null;
    const state = !isRead ? "idle" : failure !== null ? "failing" : picturedAtMs === 0 ? "starting" : "live";
    return {
      state,
      trouble: failure?.trouble ?? null,
      pictured_at: picturedAtMs === 0 ? null : new Date(picturedAtMs).toISOString(),
      viewers,
    };
  };
  const cameras = cameraService({
    store: cameraStore(db),
    vault,
    sites,
    stateOf,
    changed: async (cameraId) => {
      streams.forget(cameraId);
      await transcodes.forget(cameraId);
    },
  });
  const tokens = viewingTokens(vault, Date.now);
  const trials = trialService({ cameras, lineOf, picture: pictureToTry, log });
  const watching = watchService({ cameras, streams, transcodes, admission, tokens });

  const files = recordingFiles(video.recordings_dir ?? join(dataDir, "recordings"));
  const recordingRows = recordingStore(db);
  const recordings = recordingService({
    store: recordingRows,
    files,
    objects: video.s3 ? objectStore(video.s3) : null,
    audit,
    roll: (cameraId, recordingId) => recorders.roll(cameraId, recordingId),
    alertOf: async (alertId, reached) => {
      const { alert } = await alerts.get(alertId, reached);
      return { ...alert, site_id: alert.target?.site_id ?? alert.labels.site_id ?? null };
    },
    mostBytes: video.recordings_gb * 1e9,
    log,
  });
  const { finish, recover } = recordings;
  const recorders = createRecorders({ pool, cameras, streams, store: recordingRows, files, finish, recover, log });
  const stopAlarms = hub.listenAlerts(({ fired }) => {
    for (const { site_id } of fired) if (site_id !== null) recorders.alarm(site_id);
  });
  const wall = serveWall({ ...parts, cameras, pictures, log });

  const gauges = {
    viewers: new Gauge({
      name: "banksman_video_viewers",
      help: "Players that watch a stream now",
      registers: [metrics],
    }),
    kbps: new Gauge({
      name: "banksman_video_kbps",
      help: "Kilobits a second that they were let in with",
      registers: [metrics],
    }),
    processes: new Gauge({
      name: "banksman_video_ffmpeg",
      help: "ffmpeg processes that run for streams",
      registers: [metrics],
    }),
    recording: new Gauge({
      name: "banksman_video_recording",
      help: "Cameras that are being written now",
      registers: [metrics],
    }),
    cache: new Gauge({ name: "banksman_video_cache_bytes", help: "Parts of streams in memory", registers: [metrics] }),
  };
  runEvery(
    "tidying streams",
    TIDY_MS,
    async () => {
      streams.tidy();
      gauges.viewers.set(admission.count());
      gauges.kbps.set(admission.kbps());
      gauges.processes.set(reader.running() + transcodes.running());
      gauges.recording.set(recorders.writing());
      gauges.cache.set(streams.cachedBytes());
    },
    context,
  );

  let recheckStreams: (userNo: number | "all") => void = () => undefined;
  return {
    wallUpgrade: wall.upgrade,
    relayUpgrade: relay.upgrade,
    upkeep: recordings.upkeep,
    routes: (api: Api, app: FastifyInstance): void => {
      videoRoutes(api, { cameras, trials, watching, recordings, views: viewStore(db), publicUrl: config.public_url });
      const { personBy } = parts;
      const served = serveStreams(app, {
        watching,
        cameras,
        tokens,
        admission,
        personBy,
        publicUrl: config.public_url,
      });
      recheckStreams = served.recheck;
    },
    /** Somebody signed out, or may do less by now. */
    recheck: (userNo: number | "all"): void => {
      recheckStreams(userNo);
      wall.recheck(userNo);
    },
    start: async (): Promise<void> => {
      await clearLeftovers(workDir);
      const recording = recorders.run(signal);
      onStop(
        "video",
        async () => {
          stopAlarms();
          wall.close();
          relay.close();
          pictures.close();
          decoder.close();
          // A database that hangs must not hold the stop up; what is cut off is finished at the next start.
          const patience = new AbortController();
          await Promise.race([recording, pause(STOP_MS, patience.signal)]);
          patience.abort();
          await Promise.all([transcodes.close(), reader.close()]);
        },
        { within: STOP_MS + 3_000 },
      );
    },
  };
}
