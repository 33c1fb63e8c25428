import {
  AddCamera,
  type CameraLook,
  ChangeCamera,
  DownloadRecording,
  GetAlertClips,
  GetRecordingFile,
  HoldRecording,
  ListCameras,
  ListRecordings,
  ListVideoViews,
  RemoveCamera,
  RemoveVideoView,
  SaveVideoView,
  TryCamera,
  WatchCamera,
} from "@banksman/wire/api";
import type { Api } from "../http/api.ts";
import { type Caller, sitesOf } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import type { CameraService } from "./cameras.ts";
import type { RecordingService } from "./recordings.ts";
import { setStreamCookie } from "./serve-streams.ts";
import type { TrialService } from "./trials.ts";
import type { ViewStore } from "./view-store.ts";
import type { WatchService } from "./watch.ts";

type Parts = {
  cameras: CameraService;
  trials: TrialService;
  watching: Pick<WatchService, "watch">;
  recordings: RecordingService;
  views: ViewStore;
  publicUrl: string | undefined;
};

/** What of a camera goes into the audit trail: never its address or sign-in. */
const told = ({ name, container, kind, via, recording }: Record<string, unknown>) => ({
  ...{ name, container, kind, via, recording },
});

const wordOf = (look: CameraLook): string => (look.is === "picture" ? look.is : look.trouble);

function personOf(caller: Caller): number {
  if (caller.is === "person") return caller.userNo;
  throw problem(403, "NOT_ALLOWED", "this is for people; sign in, or send an API token of yours");
}

export function videoRoutes(api: Api, { cameras, trials, watching, recordings, views, publicUrl }: Parts): void {
  api.on(ListCameras, async ({ query, sites, caller }) => ({
    cameras: await cameras.list(sites, query, sitesOf(caller, "camera.manage")),
  }));
  api.on(AddCamera, async ({ params, body, audit }) => {
    const camera = await cameras.add(params.site_id, body);
    audit.note({ target: camera.camera_id, after: told(body) });
    return camera;
  });
  api.on(TryCamera, async ({ params, body, caller, audit }) => {
    const { camera_id, kind, via } = body;
    if (camera_id !== undefined) audit.note({ target: camera_id });
    audit.note({ after: { kind, via } });
    const found = await trials.run(params.site_id, body, personOf(caller));
    audit.note({ after: { kind, via, found: wordOf(found.main), low: found.low && wordOf(found.low) } });
    return found;
  });
  api.on(ChangeCamera, async ({ params, body, audit }) => {
    const before = cameras.shown(await cameras.at(params.site_id, params.camera_id));
    audit.note({ before: told(before), after: told(body) });
    return cameras.change(params.site_id, params.camera_id, body);
  });
  api.on(RemoveCamera, async ({ params, audit }) => {
    audit.note({ before: told(cameras.shown(await cameras.at(params.site_id, params.camera_id))) });
    await cameras.remove(params.site_id, params.camera_id);
    await recordings.removeOf(params.camera_id);
    return { camera_id: params.camera_id };
  });
  api.on(WatchCamera, async ({ params, body, caller, request, reply }) => {
    const watch = await watching.watch(params.site_id, params.camera_id, body.profile, caller);
    const { profile, token, expires_at } = watch;
    const expiresAt = new Date(expires_at);
    setStreamCookie(reply, request, publicUrl, { cameraId: params.camera_id, profile, token, expiresAt });
    return watch;
  });

  api.on(ListVideoViews, async ({ sites }) => {
    const reached = new Set((await cameras.list(sites)).map(({ camera_id }) => camera_id));
    const all = (await views.list()).map((view) => ({
      ...view,
      camera_ids: view.camera_ids.filter((id) => reached.has(id)),
    }));
    return { views: all.filter(({ camera_ids }) => camera_ids.length > 0) };
  });
  api.on(SaveVideoView, async ({ body, caller, sites }) => {
    for (const id of body.camera_ids) await cameras.find(id, sites);
    const viewId = await views.save(personOf(caller), body);
    const saved = (await views.list()).find(({ view_id }) => view_id === viewId);
    if (!saved) throw problem(409, "VIEW_GONE", "the view was removed at the same moment; save it again");
    return saved;
  });
  api.on(RemoveVideoView, async ({ params, caller }) => {
    if (!(await views.remove(personOf(caller), params.view_id)))
      throw problem(404, "NO_SUCH_VIEW", "there is no such view of yours", { path: "view_id" });
    return { view_id: params.view_id };
  });

  api.on(ListRecordings, async ({ params, query }) => {
    await cameras.at(params.site_id, params.camera_id);
    return { recordings: await recordings.list(params.camera_id, query.from, query.to) };
  });
  api.onRaw(GetRecordingFile, async ({ params, sites, request, reply }) => {
    const { body, status, headers } = await recordings.file(params.recording_id, request.headers.range, sites);
    reply.header("accept-ranges", "bytes").header("cache-control", "private, no-store");
    return reply.code(status).headers(headers).type("video/mp4").send(body);
  });
  api.onRaw(DownloadRecording, async ({ params, query, reply }) => {
    const { name } = await cameras.at(params.site_id, params.camera_id);
    const body = await recordings.cut(params.camera_id, query.from, query.to);
    const file = `${params.site_id} ${name} ${query.from.slice(0, 16)}.mp4`.replace(/[^\w .-]/g, "_");
    reply.header("content-disposition", `attachment; filename="${file}"`);
    return reply.type("video/mp4").send(body);
  });
  api.on(HoldRecording, ({ params, body, sites }) => recordings.hold(params.recording_id, body.held, sites));
  api.on(GetAlertClips, async ({ params, caller, sites }) => ({
    clips: await recordings.clips(params.alert_id, sitesOf(caller, "alert.read"), sites),
  }));
}
