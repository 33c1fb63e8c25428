import { ListVideoViews, RemoveVideoView, SaveVideoView, VideoLayout } from "@banksman/wire/api";
import { Button, Form, Input, Select } from "antd";
import { useChange } from "../../api/query.ts";
import { FormEnd } from "../../components/form-end.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { useConfirmed } from "../../components/use-confirmed.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";
import { useSiteName } from "../../shell/use-current-site.ts";
import { columnsOf } from "./arrange.ts";
import type { VideoScreen } from "./use-video-view.ts";

type Props = { screen: VideoScreen; open: boolean; onClose: () => void };
type Typed = { name: string; layout: VideoLayout; camera_ids: string[] };

/** Keeps what is shown under a name, and removes views of one's own. */
export function ViewsDrawer({ screen, open, onClose }: Props) {
  const { t } = useLang();
  return (
    <SideDrawer open={open} title={t("video.views")} onClose={onClose}>
      <ViewForm screen={screen} onSaved={onClose} />
      <OwnViews screen={screen} />
    </SideDrawer>
  );
}

function ViewForm({ screen, onSaved }: { screen: VideoScreen; onSaved: () => void }) {
  const { t } = useLang();
  const nameOf = useSiteName();
  const { cameras: all, view, layout, placed, choose } = screen;
  const save = useChange(SaveVideoView, [ListVideoViews]);
  const submit = async (body: Typed) => {
    const saved = await save.mutateAsync({ body }).catch(() => null);
    if (!saved) return;
    choose({ view: saved.view_id, layout: null, site: null, region: null });
    onSaved();
  };
  const cameras = all.map(({ camera_id, name, site_id }) => ({
    value: camera_id,
    label: `${nameOf(site_id)} · ${name}`,
  }));
  const initial = { name: view?.name ?? "", layout, camera_ids: placed.map(({ camera }) => camera.camera_id) };
  return (
    <Form<Typed> name="view" layout="vertical" requiredMark={false} initialValues={initial} onFinish={submit}>
      <Form.Item
        name="name"
        label={t("common.name")}
        extra={t("video.viewNameHelp")}
        rules={[{ required: true, whitespace: true, message: t("video.needed") }]}
      >
        <Input autoComplete="off" maxLength={100} />
      </Form.Item>
      <Form.Item name="layout" label={t("video.layout")}>
        <Select
          options={VideoLayout.options.map((value) => ({
            value,
            label: `${columnsOf(value)} × ${columnsOf(value)}`,
          }))}
        />
      </Form.Item>
      <Form.Item name="camera_ids" label={t("video.cameras")} rules={[{ required: true, message: t("video.needed") }]}>
        <Select mode="multiple" options={cameras} optionFilterProp="label" maxTagCount={8} />
      </Form.Item>
      <FormEnd error={save.error} isPending={save.isPending} label={t("video.saveView")} />
    </Form>
  );
}

function OwnViews({ screen: { views, choose } }: { screen: VideoScreen }) {
  const { t } = useLang();
  const { session } = useSession();
  const confirm = useConfirmed();
  const remove = useChange(RemoveVideoView, [ListVideoViews]);
  const own = views.filter(({ created_by }) => created_by === session.username);
  if (own.length === 0) return null;
  return (
    <>
      <h2 className="bm-form-second">{t("video.ownViews")}</h2>
      <ul className="bm-plain-list">
        {own.map(({ view_id, name }) => (
          <li key={view_id} className="bm-button-row">
            <span>{name}</span>
            <Button
              size="small"
              danger
              aria-label={`${t("video.removeDots")} ${name}`}
              onClick={() =>
                confirm({
                  title: t("video.removeViewTitle", { name }),
                  detail: t("video.removeViewDetail"),
                  action: t("video.remove"),
                  run: async () => {
                    await remove.mutateAsync({ params: { view_id } });
                    choose({ view: null });
                  },
                })
              }
            >
              {t("video.removeDots")}
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}
