import { type Camera, ListCameras, RemoveCamera } from "@banksman/wire/api";
import { Button, Table } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { useChange, useRoute } from "../../api/query.ts";
import { Age } from "../../components/age.tsx";
import { ColumnCards } from "../../components/column-cards.tsx";
import { Icon } from "../../components/icons.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../components/states.tsx";
import { useConfirmed } from "../../components/use-confirmed.tsx";
import { MISSING, number } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useSession } from "../../shell/session.tsx";
import { useSiteName } from "../../shell/use-current-site.ts";
import { CameraForm, type Editing } from "./camera-form.tsx";
import { recordingsPath } from "./paths.ts";
import { CAMERAS_EVERY_MS } from "./use-video-view.ts";
import { VideoFrame } from "./video-frame.tsx";

/** Every camera, how it is, when it is recorded; who may registers, changes and removes them here. */
export default function CamerasPage() {
  const { t } = useLang();
  const { canAtSites } = useSession();
  const [editing, edit] = useState<Editing>(null);
  const found = useRoute(ListCameras, { query: {} }, { every: CAMERAS_EVERY_MS, keep: true });
  const cameras = found.data?.cameras ?? [];
  const add = canAtSites("camera.manage") ? (
    <Button icon={<Icon name="plus" />} onClick={() => edit("new")}>
      {t("cameras.add")}
    </Button>
  ) : null;
  return (
    <VideoFrame extra={add}>
      <section className="bm-panel bm-panel-flush" aria-label={t("video.cameras")}>
        {found.error && !found.data ? (
          <ErrorState error={found.error} onRetry={() => void found.refetch()} permission="video.watch" />
        ) : null}
        {found.isPending ? <SkeletonRows rows={6} /> : null}
        {found.data && cameras.length === 0 ? (
          <EmptyState icon="camera" title={t("video.none")} detail={t("video.noneDetail")} action={add} />
        ) : null}
        {cameras.length > 0 ? <Rows cameras={cameras} onEdit={edit} /> : null}
      </section>
      <CameraForm editing={editing} onClose={() => edit(null)} />
    </VideoFrame>
  );
}

type RowsProps = { cameras: readonly Camera[]; onEdit: (camera: Camera) => void };

function Rows({ cameras, onEdit }: RowsProps) {
  const { t } = useLang();
  const columns = useColumns(onEdit);
  const keyOf = ({ camera_id }: Camera) => camera_id;
  const label = t("video.cameras");
  if (usePhone()) return <ColumnCards rows={cameras} columns={columns} keyOf={keyOf} label={label} />;
  return (
    <Table<Camera>
      size="small"
      rowKey={keyOf}
      dataSource={cameras}
      columns={columns}
      pagination={cameras.length > 50 ? { pageSize: 50, size: "small", showSizeChanger: false } : false}
      scroll={{ x: 1_000 }}
      aria-label={label}
    />
  );
}

function useColumns(onEdit: RowsProps["onEdit"]) {
  const { t } = useLang();
  const nameOf = useSiteName();
  return [
    {
      key: "name",
      title: t("common.name"),
      render: (_: unknown, { name, camera_id }: Camera) => <Link to={`/video?camera=${camera_id}`}>{name}</Link>,
    },
    {
      key: "site",
      title: t("video.site"),
      render: (_: unknown, { site_id, container }: Camera) => (
        <>
          {nameOf(site_id)} <small className="bm-muted">{container}</small>
        </>
      ),
    },
    {
      key: "source",
      title: t("cameras.kind"),
      render: (_: unknown, { kind, via }: Camera) => (
        <>
          {t(`cameras.kinds.${kind}`)} <small className="bm-muted">{t(`cameras.by.${via}`)}</small>
        </>
      ),
    },
    {
      key: "state",
      title: t("cameras.state"),
      render: (_: unknown, { state, trouble }: Camera) => (
        <span className="bm-with-glyph">
          {state === "failing" ? <Icon name="warning" size={14} /> : null}
          {state === "failing" && trouble !== null ? t(`video.trouble.${trouble}`) : t(`cameras.states.${state}`)}
        </span>
      ),
    },
    {
      key: "pictured",
      title: t("cameras.pictured"),
      render: (_: unknown, { pictured_at }: Camera) => <Age at={pictured_at} />,
    },
    {
      key: "viewers",
      title: t("cameras.viewers"),
      align: "right" as const,
      render: (_: unknown, { viewers }: Camera) => (viewers === 0 ? MISSING : number(viewers)),
    },
    {
      key: "recording",
      title: t("cameras.recording"),
      render: (_: unknown, { recording: { mode, from, to } }: Camera) => (
        <>
          {t(`cameras.modes.${mode}`)}{" "}
          {mode === "schedule" ? <small className="bm-muted">{`${from}–${to}`}</small> : null}
        </>
      ),
    },
    {
      key: "actions",
      title: t("common.actions"),
      render: (_: unknown, camera: Camera) => <Actions camera={camera} onEdit={onEdit} />,
    },
  ];
}

function Actions({ camera, onEdit }: { camera: Camera; onEdit: RowsProps["onEdit"] }) {
  const { t } = useLang();
  const { canAtSites } = useSession();
  const confirm = useConfirmed();
  const remove = useChange(RemoveCamera, [ListCameras]);
  const { site_id, camera_id, name } = camera;
  const ask = () =>
    confirm({
      title: t("cameras.removeTitle", { name }),
      detail: t("cameras.removeDetail"),
      action: t("video.remove"),
      run: () => remove.mutateAsync({ params: { site_id, camera_id } }),
    });
  return (
    <span className="bm-button-row">
      <Link to={recordingsPath(camera)}>{t("video.recordings")}</Link>
      {canAtSites("camera.manage") ? (
        <>
          <Button size="small" aria-label={`${t("cameras.edit")} ${name}`} onClick={() => onEdit(camera)}>
            {t("cameras.edit")}
          </Button>
          <Button size="small" danger aria-label={`${t("video.removeDots")} ${name}`} onClick={ask}>
            {t("video.removeDots")}
          </Button>
        </>
      ) : null}
    </span>
  );
}
