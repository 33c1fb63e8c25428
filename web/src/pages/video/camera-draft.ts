import type { CallOf, Camera, CameraInput, ChangeCamera, RecordingPlan, TryCamera } from "@banksman/wire/api";
import type { CameraKind } from "@banksman/wire/model";

/** What no reply holds and can be taken away from a camera. */
export const FORGETTABLE = ["low", "sign_in", "allow"] as const;

/** A camera as the form has it. What stays empty of an old one is kept: its address never comes back from the server. */
export type CameraDraft = {
  site_id: string;
  name: string;
  container?: string;
  kind: CameraKind;
  url?: string;
  low_url?: string;
  username?: string;
  password?: string;
  /** One a line. */
  allow?: string;
  forget?: (typeof FORGETTABLE)[number][];
  via: Camera["via"];
  recording: Partial<RecordingPlan>;
};

export const freshDraft = (siteId: string): CameraDraft => ({
  site_id: siteId,
  name: "",
  kind: "rtsp",
  via: "edge",
  recording: PLAN,
});

const PLAN: RecordingPlan = { mode: "off", from: "22:00", to: "06:00", before_s: 30, after_s: 120, keep_days: 14 };

export const draftOf = ({ site_id, name, container, kind, via, recording }: Camera): CameraDraft => ({
  site_id,
  name,
  kind,
  via,
  recording,
  ...(container === null ? {} : { container }),
});

const lines = (text: string | undefined): string[] =>
  (text ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
const words = (text: string | undefined): string | null => text?.trim() || null;

/** What the fields of a mode that isn't chosen would say stays as it was. */
const planOf = (before: RecordingPlan, typed: Partial<RecordingPlan>): RecordingPlan => ({ ...before, ...typed });

const shared = ({ name, container, kind, via }: CameraDraft) => ({
  name: name.trim(),
  container: words(container),
  kind,
  via,
});

/** The body that registers a camera. */
export const newCamera = (draft: CameraDraft): CameraInput => ({
  ...shared(draft),
  url: words(draft.url) ?? "",
  low_url: words(draft.low_url),
  username: words(draft.username),
  password: draft.password || null,
  allow: lines(draft.allow),
  recording: planOf(PLAN, draft.recording),
});

type Change = NonNullable<CallOf<typeof ChangeCamera>["body"]>;

/** The body that changes a camera: of what is hidden, only what was typed or is to be forgotten. */
export function cameraChange(before: Camera, draft: CameraDraft): Change {
  const forgets = (what: (typeof FORGETTABLE)[number]) => draft.forget?.includes(what) ?? false;
  const change: Change = { ...shared(draft), recording: planOf(before.recording, draft.recording) };
  const url = words(draft.url);
  const low = words(draft.low_url);
  const allow = lines(draft.allow);
  if (url !== null) change.url = url;
  if (low !== null || forgets("low")) change.low_url = forgets("low") ? null : low;
  if (words(draft.username) !== null || forgets("sign_in"))
    change.username = forgets("sign_in") ? null : words(draft.username);
  if (draft.password || forgets("sign_in")) change.password = forgets("sign_in") ? null : (draft.password ?? null);
  if (allow.length > 0 || forgets("allow")) change.allow = forgets("allow") ? [] : allow;
  return change;
}

type Trial = NonNullable<CallOf<typeof TryCamera>["body"]>;

/** The body that tries a camera as the form has it: what stays empty of an old one is read as it is kept. */
export const cameraTrial = (before: Camera | null, draft: CameraDraft): Trial =>
  before ? { ...cameraChange(before, draft), camera_id: before.camera_id } : newCamera(draft);
