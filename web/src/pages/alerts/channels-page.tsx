import { type Channel, type ChannelKind, ListChannels } from "@banksman/wire/api";
import { Button, Table } from "antd";
import { useState } from "react";
import { useRoute } from "../../api/query.ts";
import { ColumnCards } from "../../components/column-cards.tsx";
import { Icon } from "../../components/icons.tsx";
import { LevelGlyph } from "../../components/level-pill.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../components/states.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useSession } from "../../shell/session.tsx";
import { AlertsFrame } from "./alerts-frame.tsx";
import { ChannelActions } from "./channel-actions.tsx";
import { ChannelForm } from "./channel-form.tsx";
import { DeliveriesPanel } from "./deliveries-panel.tsx";

/** Ways to notify, and what became of the messages. */
export default function ChannelsPage() {
  const { t } = useLang();
  const { canEverywhere } = useSession();
  const [editing, edit] = useState<Channel | "new" | null>(null);
  const found = useRoute(ListChannels, {}, { every: 30_000, keep: true });
  const channels = found.data?.channels ?? [];
  const add = canEverywhere("alert.manage") ? (
    <Button icon={<Icon name="plus" />} onClick={() => edit("new")}>
      {t("channels.add")}
    </Button>
  ) : null;
  return (
    <AlertsFrame extra={add}>
      <section className="bm-panel bm-panel-flush" aria-label={t("alerts.tab.channels")}>
        {found.error && !found.data ? (
          <ErrorState error={found.error} onRetry={() => void found.refetch()} permission="alert.read" />
        ) : null}
        {found.isPending ? <SkeletonRows rows={4} /> : null}
        {found.data && channels.length === 0 ? (
          <EmptyState icon="bell" title={t("channels.none")} detail={t("channels.noneDetail")} action={add} />
        ) : null}
        {channels.length > 0 ? <Rows channels={channels} kinds={found.data?.kinds ?? []} onEdit={edit} /> : null}
      </section>
      <DeliveriesPanel />
      <ChannelForm editing={editing} kinds={found.data?.kinds ?? []} onClose={() => edit(null)} />
    </AlertsFrame>
  );
}

type RowsProps = { channels: readonly Channel[]; kinds: readonly ChannelKind[]; onEdit: (channel: Channel) => void };

function Rows({ channels, kinds, onEdit }: RowsProps) {
  const { t } = useLang();
  const columns = useColumns(kinds, onEdit);
  const keyOf = ({ name }: Channel) => name;
  if (usePhone())
    return <ColumnCards rows={channels} columns={columns} keyOf={keyOf} label={t("alerts.tab.channels")} />;
  return (
    <Table<Channel>
      size="small"
      rowKey={keyOf}
      dataSource={channels}
      pagination={false}
      scroll={{ x: 860 }}
      aria-label={t("alerts.tab.channels")}
      columns={columns}
    />
  );
}

function useColumns(kinds: readonly ChannelKind[], onEdit: (channel: Channel) => void) {
  const { t } = useLang();
  const titles = new Map(kinds.map(({ type, title }) => [type, title]));
  return [
    { key: "name", title: t("channels.name"), render: (_: unknown, { name }: Channel) => <strong>{name}</strong> },
    { key: "type", title: t("channels.type"), render: (_: unknown, { type }: Channel) => titles.get(type) ?? type },
    {
      key: "levels",
      title: t("channels.levels"),
      render: (_: unknown, { levels }: Channel) => (
        <span className="bm-findings">
          {levels.map((level) => (
            <span key={level} className="bm-with-glyph">
              <LevelGlyph level={level} />
              {t(`level.${level}`)}
            </span>
          ))}
        </span>
      ),
    },
    {
      key: "language",
      title: t("channels.language"),
      render: (_: unknown, { language }: Channel) => t(`channels.langs.${language}`),
    },
    {
      key: "state",
      title: t("alerts.stateTitle"),
      render: (_: unknown, { enabled, trouble }: Channel) =>
        trouble !== null ? (
          <span className="bm-with-glyph" title={trouble}>
            <LevelGlyph level="severe" /> {t("channels.trouble")}
          </span>
        ) : enabled ? (
          t("channels.on")
        ) : (
          <span className="bm-muted">{t("channels.off")}</span>
        ),
    },
    {
      key: "origin",
      title: t("channels.origin"),
      render: (_: unknown, { origin }: Channel) => t(`channels.origins.${origin}`),
    },
    {
      key: "actions",
      title: t("common.actions"),
      render: (_: unknown, channel: Channel) => <ChannelActions channel={channel} onEdit={() => onEdit(channel)} />,
    },
  ];
}
