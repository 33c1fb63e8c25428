import { GetAlertClips, GetRecordingFile, HoldRecording, ListRecordings } from "@banksman/wire/api";
import { App, Button, Table } from "antd";
import { addressOf } from "../../api/client.ts";
import { useChange } from "../../api/query.ts";
import { ColumnCards } from "../../components/column-cards.tsx";
import { Icon } from "../../components/icons.tsx";
import { ProblemText } from "../../components/states.tsx";
import { MISSING, number, THIN_SPACE } from "../../format/format.ts";
import { clock, duration } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useSession } from "../../shell/session.tsx";
import type { Part } from "./recorded-parts.ts";

type Props = { parts: readonly Part[]; zone: string; onPlay: (atMs: number) => void };

const PAGE = 25;

/** The day's parts, the newest first. */
export function RecordingTable({ parts, zone, onPlay }: Props) {
  const { t } = useLang();
  const columns = useColumns(zone, onPlay);
  const rows = parts.toReversed();
  const keyOf = ({ recording }: Part) => recording.recording_id;
  const label = t("recordings.parts");
  return (
    <section className="bm-panel bm-panel-flush" aria-label={label}>
      {usePhone() ? (
        <ColumnCards rows={rows} columns={columns} keyOf={keyOf} label={label} />
      ) : (
        <Table<Part>
          size="small"
          rowKey={keyOf}
          dataSource={rows}
          columns={columns}
          pagination={rows.length > PAGE ? { pageSize: PAGE, size: "small", showSizeChanger: false } : false}
          scroll={{ x: 860 }}
          aria-label={label}
        />
      )}
    </section>
  );
}

function useColumns(zone: string, onPlay: Props["onPlay"]) {
  const { t, lang } = useLang();
  return [
    {
      key: "span",
      title: t("recordings.time"),
      render: (_: unknown, { fromMs, toMs, recording }: Part) => (
        <>
          {clock(fromMs, zone)}–{recording.to === null ? t("recordings.now") : clock(toMs, zone)}
        </>
      ),
    },
    {
      key: "length",
      title: t("recordings.length"),
      align: "right" as const,
      render: (_: unknown, { fromMs, toMs }: Part) => duration((toMs - fromMs) / 1_000, lang),
    },
    {
      key: "size",
      title: "MB",
      align: "right" as const,
      // How much it comes to is known when it is finished.
      render: (_: unknown, { recording }: Part) => (recording.to === null ? MISSING : number(recording.bytes / 1e6, 1)),
    },
    {
      key: "because",
      title: t("recordings.why"),
      render: (_: unknown, { recording }: Part) => (
        <span className="bm-with-glyph">
          {t(`recordings.because.${recording.because}`)}
          {recording.held ? (
            <>
              <Icon name="lock" size={14} /> {t("recordings.held")}
            </>
          ) : null}
        </span>
      ),
    },
    {
      key: "sha256",
      title: "SHA-256",
      render: (_: unknown, { recording: { sha256 } }: Part) =>
        sha256 === null ? (
          MISSING
        ) : (
          <span className="bm-mono" title={sha256}>{`${sha256.slice(0, 12)}${THIN_SPACE}…`}</span>
        ),
    },
    {
      key: "actions",
      title: t("common.actions"),
      render: (_: unknown, part: Part) => <Actions part={part} at={clock(part.fromMs, zone)} onPlay={onPlay} />,
    },
  ];
}

type ActionsProps = { part: Part; at: string; onPlay: Props["onPlay"] };

function Actions({ part: { recording, fromMs }, at, onPlay }: ActionsProps) {
  const { t } = useLang();
  const { can } = useSession();
  const { message } = App.useApp();
  const hold = useChange(HoldRecording, [ListRecordings, GetAlertClips]);
  const { recording_id, held } = recording;
  const word = t(held ? "recordings.release" : "recordings.hold");
  const change = () =>
    hold
      .mutateAsync({ params: { recording_id }, body: { held: !held } })
      .catch((error: unknown) => void message.error(<ProblemText error={error} />));
  return (
    <span className="bm-button-row">
      <Button size="small" aria-label={`${t("recordings.play")} ${at}`} onClick={() => onPlay(fromMs)}>
        {t("recordings.play")}
      </Button>
      {can("camera.manage") ? (
        <Button size="small" loading={hold.isPending} aria-label={`${word} ${at}`} onClick={() => void change()}>
          {word}
        </Button>
      ) : null}
      <a href={addressOf(GetRecordingFile, { params: { recording_id } })} download>
        {t("common.download")}
      </a>
    </span>
  );
}
