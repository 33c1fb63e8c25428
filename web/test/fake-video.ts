import * as api from "@banksman/wire/api";
import type { CameraTrouble } from "@banksman/wire/model";
import type { FakeReply, FakeRequest } from "./fake-routes.ts";
import type { FakeState } from "./fake-state.ts";

const ok = (data: unknown): FakeReply => ({ status: 200, body: { success: true, data } });
const problem = (status: number, code: string, detail: string): FakeReply => ({
  status,
  body: { success: false, error: detail, type: "about:blank", title: code, status, code, detail },
});
const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString();

export const cameraId = (n: number) => `00000000-0000-4000-8005-${String(n).padStart(12, "0")}`;
const viewId = (n: number) => `00000000-0000-4000-8006-${String(n).padStart(12, "0")}`;
const recordingId = (n: number) => `00000000-0000-4000-8007-${String(n).padStart(12, "0")}`;

/** The first camera looks at the first cooling unit; the last one at the gate. */
export const makeCamera = (n: number, change: Partial<api.Camera> = {}): api.Camera => ({
  camera_id: cameraId(n),
  site_id: "1",
  region: "Texas",
  name: `C${String(n).padStart(2, "0")} pump`,
  container: `10.1.${100 + n}.1`,
  kind: n % 3 === 0 ? "hls" : "rtsp",
  via: n % 2 === 0 ? "server" : "edge",
  has_low: n % 2 === 1,
  has_login: n % 2 === 0,
  recording: {
    mode: n === 1 ? "always" : "off",
    from: "00:00",
    to: "00:00",
    before_s: 30,
    after_s: 120,
    keep_days: 14,
  },
  state: "idle",
  trouble: null,
  pictured_at: null,
  viewers: 0,
  ...change,
});

/** The day of which something is recorded. */
export const RECORDED_DAY = "2026-11-20";
const NOON_MS = Date.parse(`${RECORDED_DAY}T12:00:00Z`);
const PARTS = 6;
const PART_MS = 60_000;
/** A part ends with the key frame after the one that begins the next. */
const OVERLAP_MS = 2_000;
/** Six minutes around a noon with a gap in the middle; an alert had the first of them written. */
const recordingsOf = (camera: api.Camera): api.Recording[] =>
  Array.from({ length: PARTS }, (_, n) => {
    const fromMs = NOON_MS + (n + (n < 3 ? 0 : 4)) * PART_MS;
    return {
      recording_id: recordingId(n + 1),
      camera_id: camera.camera_id,
      site_id: camera.site_id,
      camera_name: camera.name,
      from: new Date(fromMs).toISOString(),
      to: new Date(fromMs + PART_MS + OVERLAP_MS).toISOString(),
      bytes: 1_711_253,
      sha256: "3f".repeat(32),
      because: n === 0 ? ("alarm" as const) : ("always" as const),
      held: n === 1,
    };
  }).toReversed();

/** A grey picture. */
const PICTURE: api.CameraLook = {
  is: "picture",
  jpeg: [
    "/9j/4AAQSkZJRgABAgAAAQABAAD/2wBDAAg+Pkk+SVVVVVVVVWRdZGhoaGRkZGRoaGhwcHCDg4NwcHBoaHBwfHyDg4+Tj4eHg4eTk5ubm7q6srLZ",
    "2eD/////xABKAAEAAAAAAAAAAAAAAAAAAAAAAQEAAAAAAAAAAAAAAAAAAAAAEAEAAAAAAAAAAAAAAAAAAAAAEQEAAAAAAAAAAAAAAAAAAAAA/8AA",
    "EQgACAAQAwEiAAIRAAMRAP/aAAwDAQACEQMRAD8AAA//2Q==",
  ].join(""),
  taken_at: "2026-11-20T12:00:00Z",
  took_ms: 1_240,
};

/** Cameras, streams and recordings, as the fake server knows them. */
export class FakeVideo {
  readonly startedAt = Date.now();
  cameras: api.Camera[];
  views: api.VideoView[] = [];
  recordings: api.Recording[];
  /** What was asked to be watched: camera and profile. */
  asked: string[] = [];
  /** What was last said about a camera: its address among it, which no reply holds. */
  written: unknown = null;
  /** Streams that bring nothing new since then. */
  readonly stalledAt = new Map<string, number>();
  /** Cameras without a picture, and why. */
  readonly troubled = new Map<string, CameraTrouble>();
  /** Cameras whose streams can't be read, and why. */
  readonly failing = new Map<string, CameraTrouble>();
  /** Cameras whose own stream this browser lacks a decoder for. */
  readonly unplayable = new Set<string>();
  /** Cameras that may not be watched now, and why. */
  readonly refused = new Map<string, string>();
  /** Given instead of what was asked for. */
  lowered: { profile: "low" | "medium"; reason: string } | null = null;
  /** Streams take tokens of this number alone. */
  tokens = 1;
  /** What was tried, and what comes of that. */
  tried: api.CameraTrial[] = [];
  looks: api.ReplyOf<typeof api.TryCamera>["data"] = { main: PICTURE, low: null };
  /** What the wall showed last. */
  shown: { camera_ids: readonly string[]; width_px: number } | null = null;

  constructor(count: number) {
    this.cameras = Array.from({ length: count }, (_, n) => makeCamera(n + 1));
    const [first] = this.cameras;
    this.recordings = first ? recordingsOf(first) : [];
  }
}

type Handler = (state: FakeState, params: Record<string, string>, request: FakeRequest) => FakeReply;
const ofCamera =
  (answer: (state: FakeState, camera: api.Camera, request: FakeRequest) => FakeReply): Handler =>
  (state, { camera_id }, request) => {
    const camera = state.video.cameras.find((one) => one.camera_id === camera_id);
    return camera ? answer(state, camera, request) : problem(404, "NO_SUCH_CAMERA", "there is no such camera");
  };

const watch = ofCamera(({ video }, camera, { body }) => {
  const asked = api.WatchCamera.body.parse(body).profile;
  video.asked.push(`${camera.name} ${asked}`);
  const refused = video.refused.get(camera.camera_id);
  if (refused !== undefined) return problem(429, "LINES_FULL", refused);
  const { profile, reason } = video.lowered ?? { profile: asked, reason: null };
  const path = `/v/${camera.camera_id}/${profile}`;
  return {
    ...ok({ playlist: `${path}/index.m3u8`, token: "t", expires_at: ago(-300), profile, reason }),
    setCookie: `stream=${video.tokens}; Path=${path}; HttpOnly`,
  };
});

const add: Handler = ({ video }, { site_id = "" }, { body }) => {
  const typed = api.AddCamera.body.parse(body);
  video.written = typed;
  const camera = makeCamera(video.cameras.length + 1, {
    site_id,
    name: typed.name,
    container: typed.container,
    kind: typed.kind,
    via: typed.via,
    has_low: typed.low_url !== null,
    has_login: typed.username !== null || typed.password !== null,
    recording: typed.recording,
  });
  video.cameras.push(camera);
  return ok(camera);
};

const change = ofCamera(({ video }, camera, { body }) => {
  const typed = api.ChangeCamera.body.parse(body);
  video.written = typed;
  const { name, container, kind, via, recording } = typed;
  Object.assign(camera, JSON.parse(JSON.stringify({ name, container, kind, via, recording })));
  return ok(camera);
});

const listRecordings = ofCamera(({ video }, camera, { query }) => {
  const [from, to] = ["from", "to"].map((name) => Date.parse(query.get(name) ?? ""));
  const isIn = (one: api.Recording) =>
    Date.parse(one.from) < (to ?? 0) &&
    Date.parse(one.to ?? one.from) > (from ?? 0) &&
    one.camera_id === camera.camera_id;
  return ok({ recordings: video.recordings.filter(isIn) });
});

const hold: Handler = ({ video }, { recording_id }, { body }) => {
  const { held } = api.HoldRecording.body.parse(body);
  video.recordings = video.recordings.map((one) => (one.recording_id === recording_id ? { ...one, held } : one));
  return ok(video.recordings.find((one) => one.recording_id === recording_id));
};

const saveView: Handler = ({ video }, _, { body }) => {
  const view = { ...api.SaveVideoView.body.parse(body), view_id: viewId(video.views.length + 1), created_by: "admin" };
  video.views = [...video.views.filter(({ name }) => name !== view.name), view];
  return ok(view);
};

export const videoHandlers: readonly [api.Route, Handler][] = [
  [api.ListCameras, ({ video }) => ok({ cameras: video.cameras })],
  [api.AddCamera, add],
  [
    api.TryCamera,
    ({ video }, _, { body }) => {
      video.tried.push(api.TryCamera.body.parse(body));
      return ok(video.looks);
    },
  ],
  [api.ChangeCamera, change],
  [
    api.RemoveCamera,
    ofCamera(({ video }, { camera_id }) => {
      video.cameras = video.cameras.filter((one) => one.camera_id !== camera_id);
      return ok({ camera_id });
    }),
  ],
  [api.WatchCamera, watch],
  [api.ListVideoViews, ({ video }) => ok({ views: video.views })],
  [api.SaveVideoView, saveView],
  [
    api.RemoveVideoView,
    ({ video }, { view_id }) => {
      video.views = video.views.filter((one) => one.view_id !== view_id);
      return ok({ view_id });
    },
  ],
  [api.ListRecordings, listRecordings],
  [api.HoldRecording, hold],
  [api.GetAlertClips, ({ video }) => ok({ clips: video.recordings.filter(({ because }) => because === "alarm") })],
];
