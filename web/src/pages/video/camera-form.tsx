import { AddCamera, type Camera, ChangeCamera, ListCameras, TryCamera } from "@banksman/wire/api";
import { CameraKind, isCameraUrl, RecordingMode } from "@banksman/wire/model";
import { App, Button, Checkbox, Form, Input, InputNumber, Select } from "antd";
import { useChange } from "../../api/query.ts";
import { FormEnd } from "../../components/form-end.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useSites } from "../../shell/use-current-site.ts";
import {
  type CameraDraft,
  cameraChange,
  cameraTrial,
  draftOf,
  FORGETTABLE,
  freshDraft,
  newCamera,
} from "./camera-draft.ts";
import { CameraTrial } from "./camera-trial.tsx";

export type Editing = Camera | "new" | null;

/** What is checked before a camera is tried: it need not have a name yet. */
const TRIED = ["site_id", "url", "low_url"] as const;
/** What a picture that came says nothing of. */
const UNTRIED = ["name", "container", "recording"];

/** Registers a camera or changes one. */
export function CameraForm({ editing, onClose }: { editing: Editing; onClose: () => void }) {
  const { t } = useLang();
  const title = editing === "new" || editing === null ? t("cameras.add") : editing.name;
  return (
    <SideDrawer open={editing !== null} title={title} onClose={onClose}>
      {editing === null ? null : <Fields camera={editing === "new" ? null : editing} onDone={onClose} />}
    </SideDrawer>
  );
}

function Fields({ camera, onDone }: { camera: Camera | null; onDone: () => void }) {
  const { t } = useLang();
  const { message } = App.useApp();
  const [form] = Form.useForm<CameraDraft>();
  const { data } = useSites();
  const sites = (data?.sites ?? []).map(({ site_id, name }) => ({ value: site_id, label: name }));
  const add = useChange(AddCamera, [ListCameras]);
  const change = useChange(ChangeCamera, [ListCameras]);
  const submit = async (draft: CameraDraft) => {
    const saved = await (camera
      ? change.mutateAsync({
          params: { site_id: camera.site_id, camera_id: camera.camera_id },
          body: cameraChange(camera, draft),
        })
      : add.mutateAsync({ params: { site_id: draft.site_id }, body: newCamera(draft) })
    ).catch(() => null);
    if (!saved) return;
    void message.success(t("cameras.saved", { name: saved.name }));
    onDone();
  };
  const trial = useChange(TryCamera);
  const tryIt = async () => {
    const isFit = await form.validateFields([...TRIED]).then(
      () => true,
      () => false,
    );
    if (!isFit) return;
    const draft = form.getFieldsValue();
    trial.mutate({ params: { site_id: camera?.site_id ?? draft.site_id }, body: cameraTrial(camera, draft) });
  };
  const needed = [{ required: true, whitespace: true, message: t("video.needed") }];
  return (
    <Form<CameraDraft>
      name="camera"
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={camera ? draftOf(camera) : freshDraft(sites[0]?.value ?? "")}
      onFinish={submit}
      onValuesChange={(changed) => {
        if (Object.keys(changed).some((name) => !UNTRIED.includes(name))) trial.reset();
      }}
    >
      {camera ? null : (
        <Form.Item name="site_id" label={t("video.site")} rules={needed}>
          <Select options={sites} showSearch={{ optionFilterProp: "label" }} />
        </Form.Item>
      )}
      <Form.Item name="name" label={t("common.name")} rules={needed}>
        <Input data-first autoComplete="off" maxLength={100} />
      </Form.Item>
      <Form.Item name="container" label={t("cameras.container")} extra={t("cameras.containerHelp")}>
        <Input autoComplete="off" maxLength={64} />
      </Form.Item>
      <Source camera={camera} />
      <Form.Item name="via" label={t("cameras.via")} extra={t("cameras.viaHelp")}>
        <Select options={(["edge", "server"] as const).map((value) => ({ value, label: t(`cameras.by.${value}`) }))} />
      </Form.Item>
      <Recording />
      <FormEnd error={add.error ?? change.error ?? trial.error} isPending={add.isPending || change.isPending}>
        <Button loading={trial.isPending} onClick={() => void tryIt()}>
          {t("cameras.try")}
        </Button>
      </FormEnd>
      <CameraTrial found={trial.data} isPending={trial.isPending} />
    </Form>
  );
}

/** Where its pictures come from, and what opens them. */
function Source({ camera }: { camera: Camera | null }) {
  const { t } = useLang();
  const form = Form.useFormInstance<CameraDraft>();
  const kind = Form.useWatch("kind", form) ?? camera?.kind ?? "rtsp";
  /** What an empty field of an old camera means; null where nobody can tell. */
  const kept = (isSet: boolean | null) => {
    if (camera === null) return "";
    return isSet === null ? t("cameras.kept") : t(isSet ? "cameras.keptSet" : "cameras.notSet");
  };
  const login = kept(camera?.has_login ?? null);
  const fits = {
    validator: (_: unknown, text: string | undefined) =>
      !text || isCameraUrl(kind, text.trim()) ? Promise.resolve() : Promise.reject(new Error(t("cameras.urlRule"))),
  };
  const must = camera === null ? [{ required: true, message: t("video.needed") }] : [];
  const forgettable = FORGETTABLE.filter(
    (what) => (what !== "low" || camera?.has_low) && (what !== "sign_in" || camera?.has_login !== false),
  );
  return (
    <>
      <Form.Item name="kind" label={t("cameras.kind")}>
        <Select options={CameraKind.options.map((value) => ({ value, label: t(`cameras.kinds.${value}`) }))} />
      </Form.Item>
      <Form.Item name="url" label={t("cameras.url")} extra={t("cameras.urlHelp")} rules={[...must, fits]}>
        <Input autoComplete="off" spellCheck={false} placeholder={kept(true) || EXAMPLES[kind]} />
      </Form.Item>
      <Form.Item name="low_url" label={t("cameras.lowUrl")} extra={t("cameras.lowUrlHelp")} rules={[fits]}>
        <Input autoComplete="off" spellCheck={false} placeholder={kept(camera?.has_low ?? null)} />
      </Form.Item>
      <div className="bm-field-row">
        <Form.Item name="username" label={t("cameras.username")}>
          <Input autoComplete="off" spellCheck={false} placeholder={login} />
        </Form.Item>
        <Form.Item name="password" label={t("cameras.password")}>
          <Input.Password autoComplete="new-password" placeholder={login} />
        </Form.Item>
      </div>
      <Form.Item name="allow" label={t("cameras.allow")} extra={t("cameras.allowHelp")}>
        <Input.TextArea autoSize={{ minRows: 1, maxRows: 6 }} spellCheck={false} placeholder={kept(null)} />
      </Form.Item>
      {camera ? (
        <Form.Item name="forget" label={t("cameras.forget")}>
          <Checkbox.Group options={forgettable.map((value) => ({ value, label: t(`cameras.forgets.${value}`) }))} />
        </Form.Item>
      ) : null}
    </>
  );
}

const EXAMPLES: Record<CameraKind, string> = {
  hls: "http://10.1.9.7/live/index.m3u8",
  rtsp: "rtsp://10.1.9.7:554/stream1",
  mjpeg: "http://10.1.9.7/mjpg/video.mjpg",
  rtmp: "rtmp://10.1.9.7/live/pump",
};

/** When it is recorded; asks only for what the mode needs. */
function Recording() {
  const { t } = useLang();
  const form = Form.useFormInstance<CameraDraft>();
  const mode = Form.useWatch(["recording", "mode"], form) ?? "off";
  const figure = (name: "before_s" | "after_s" | "keep_days", min: number, max: number) => (
    <Form.Item
      name={["recording", name]}
      label={t(`cameras.${name}`)}
      rules={[{ required: true, message: t("video.needed") }]}
    >
      <InputNumber min={min} max={max} />
    </Form.Item>
  );
  return (
    <>
      <Form.Item name={["recording", "mode"]} label={t("cameras.recording")}>
        <Select options={RecordingMode.options.map((value) => ({ value, label: t(`cameras.modes.${value}`) }))} />
      </Form.Item>
      {mode === "schedule" ? (
        <div className="bm-field-row">
          {(["from", "to"] as const).map((name) => (
            <Form.Item key={name} name={["recording", name]} label={t(`cameras.${name}`)}>
              <Input type="time" />
            </Form.Item>
          ))}
        </div>
      ) : null}
      {mode === "alarm" ? (
        <div className="bm-field-row">
          {figure("before_s", 0, 120)}
          {figure("after_s", 5, 3_600)}
        </div>
      ) : null}
      {mode === "off" ? null : figure("keep_days", 1, 3_650)}
    </>
  );
}
