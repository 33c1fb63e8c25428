import { type Channel, DeleteChannel, ListChannels, ListDeliveries, TestChannel } from "@banksman/wire/api";
import { App, Button, Popconfirm } from "antd";
import { useChange } from "../../api/query.ts";
import { ProblemText } from "../../components/states.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";

/** Send a test, change, remove; a channel of the configuration file can only be tested here. */
export function ChannelActions({ channel, onEdit }: { channel: Channel; onEdit: () => void }) {
  const { t } = useLang();
  const { canEverywhere } = useSession();
  const { message } = App.useApp();
  const params = { name: channel.name };
  const test = useChange(TestChannel, [ListChannels, ListDeliveries]);
  const remove = useChange(DeleteChannel, [ListChannels]);
  const failed = (error: unknown) => void message.error(<ProblemText error={error} />);
  if (!canEverywhere("alert.manage")) return null;
  return (
    <span className="bm-button-row">
      <Button
        size="small"
        loading={test.isPending}
        onClick={() =>
          void test
            .mutateAsync({ params })
            .then(() => void message.success(t("channels.tested", { name: channel.name })))
            .catch(failed)
        }
      >
        {t("channels.test")}
      </Button>
      {channel.origin === "page" ? (
        <>
          <Button size="small" onClick={onEdit}>
            {t("channels.edit")}
          </Button>
          <Popconfirm
            title={t("channels.removeTitle", { name: channel.name })}
            okText={t("channels.remove")}
            cancelText={t("common.cancel")}
            onConfirm={() => remove.mutateAsync({ params }).catch(failed)}
          >
            <Button size="small" danger>
              {t("channels.remove")}
            </Button>
          </Popconfirm>
        </>
      ) : null}
    </span>
  );
}
