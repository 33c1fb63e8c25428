import type { DashboardSpec } from "./build.ts";

const CHOSEN = `site_id=~"$site"`;

/** Miners of all sites, as the server knows them. */
export const fleet: DashboardSpec = {
  uid: "banksman-fleet",
  title: "Fleet",
  choices: { site: { metric: "banksman_site_miners", label: "site_id" } },
  rows: [
    {
      title: "Now",
      panels: [
        {
          title: "Hashrate",
          kind: "stat",
          width: 6,
          unit: "GHs",
          queries: { hashrate: `sum(banksman_site_hashrate_ghs{${CHOSEN}})` },
        },
        {
          title: "Of nameplate",
          kind: "stat",
          width: 6,
          unit: "percentunit",
          queries: {
            share: `sum(banksman_site_hashrate_ghs{${CHOSEN}}) / sum(banksman_site_expected_hashrate_ghs{${CHOSEN}})`,
          },
        },
        {
          title: "Power",
          kind: "stat",
          width: 6,
          unit: "watt",
          queries: { power: `sum(banksman_site_power_watts{${CHOSEN}})` },
        },
        {
          title: "Unreachable",
          kind: "stat",
          width: 6,
          queries: { unreachable: `sum(banksman_site_miners{${CHOSEN},health="unreachable"})` },
        },
      ],
    },
    {
      title: "Sites",
      panels: [
        {
          title: "Miners by health",
          kind: "series",
          queries: { "{{health}}": `sum by (health) (banksman_site_miners{${CHOSEN}})` },
        },
        {
          title: "Hashrate by site",
          kind: "series",
          unit: "GHs",
          queries: { "{{site_id}}": `banksman_site_hashrate_ghs{${CHOSEN}}` },
        },
        {
          title: "Efficiency, J/TH",
          kind: "series",
          queries: {
            "{{site_id}}": `banksman_site_power_watts{${CHOSEN}} / (banksman_site_hashrate_ghs{${CHOSEN}} / 1000)`,
          },
        },
        {
          title: "Age of the newest reading",
          kind: "series",
          unit: "s",
          queries: { "{{site_id}}": `time() - banksman_site_newest_reading_timestamp_seconds{${CHOSEN}}` },
        },
      ],
    },
    {
      title: "Collectors of the sites",
      panels: [
        {
          title: "Batches waiting",
          kind: "series",
          queries: { "{{site_id}} {{collector_id}}": `banksman_collector_backlog_batches{${CHOSEN}}` },
        },
        {
          title: "Clock skew",
          kind: "series",
          unit: "s",
          queries: { "{{site_id}} {{collector_id}}": `banksman_collector_clock_skew_seconds{${CHOSEN}}` },
        },
      ],
    },
  ],
};
