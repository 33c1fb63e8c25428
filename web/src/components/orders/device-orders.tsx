import { type Command, ListCommands } from "@banksman/wire/api";
import { Link } from "react-router";
import { useRoute } from "../../api/query.ts";
import { fullTime } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";
import { Panel } from "../panel.tsx";
import { CommandEnd } from "./command-end.tsx";
import { CommandBadge } from "./command-trail.tsx";
import { orderWords } from "./order-words.ts";

const SHOWN = 8;
const REFRESH_MS = 15_000;
const NONE: readonly Command[] = [];

/** A miner, or a cooling unit. */
type Device = { site_id: string } & ({ miner_id: string } | { cooling_host: string });

/** What was ordered of one device lately. Nothing where that may not be seen. */
export function useDeviceOrders(device: Device) {
  const { can } = useSession();
  const query = { ...device, limit: SHOWN };
  const found = useRoute(ListCommands, { query }, { enabled: can("command.read"), every: REFRESH_MS, keep: true });
  return found.data?.commands ?? NONE;
}

/** What was ordered of one device lately, and what became of it. */
export function DeviceOrders({ device, zone }: { device: Device; zone: string }) {
  const { t } = useLang();
  const commands = useDeviceOrders(device);
  if (commands.length === 0) return null;
  return (
    <Panel title={t("orders.title")}>
      <ul className="bm-order-list">
        {commands.map(({ command_id, order_id, name, state, given_by, given_at, note, code, result }) => (
          <li key={command_id}>
            <CommandBadge state={state} />
            <Link to={`/commands?order=${order_id}`}>{orderWords(t, { order: name })}</Link>
            <span className="bm-secondary">
              {given_by} · {fullTime(Date.parse(given_at), zone)}
            </span>
            <span className="bm-secondary">
              <CommandEnd note={note} code={code} result={result} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
