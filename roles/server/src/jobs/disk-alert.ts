import type { Clock } from "@banksman/kit";
import type { AlertmanagerWebhook } from "@banksman/wire/ingest";
import type { Watermark } from "./retention.ts";

const FINGERPRINT = "banksman-disk-watermark";
const NAME = "DiskWatermark";

type Alerts = {
  takeAlertmanager: (webhook: AlertmanagerWebhook, sites: "all") => Promise<unknown>;
  /** Since when an alert of this fingerprint is open; null when none is. */
  openSince: (fingerprint: string) => Promise<Date | null>;
};

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/**
 * Raises an urgent alert when the disk's watermark made a run drop readings, or left nothing to drop, and ends it when a later
 * run found room. It goes the way of alerts from outside, since no rule can see a disk.
 */
export const createDiskAlert =
  (alerts: Alerts, clock: Clock) =>
  async ({ used, watermark, dropped, isOver }: Watermark): Promise<void> => {
    const since = await alerts.openSince(FINGERPRINT);
    const fires = isOver || dropped.length > 0;
    if (!fires && since === null) return;
    const now = new Date(clock.now());
    const lost = dropped.length === 0 ? "" : ` 已删除 / dropped: ${dropped.join(", ")}.`;
    const left = isOver ? " 已无可删除的数据，请清理磁盘 / nothing is left to drop: free some room." : "";
    await alerts.takeAlertmanager(
      {
        version: "4",
        groupKey: FINGERPRINT,
        status: fires ? "firing" : "resolved",
        alerts: [
          {
            status: fires ? "firing" : "resolved",
            labels: { alertname: NAME, severity: "critical" },
            annotations: {
              summary: "服务器磁盘超过水位 / The server's disk is over its watermark",
              description: `${percent(used)} > ${percent(watermark)}.${lost}${left}`,
            },
            startsAt: (since ?? now).toISOString(),
            ...(fires ? {} : { endsAt: now.toISOString() }),
            fingerprint: FINGERPRINT,
          },
        ],
      },
      "all",
    );
  };
