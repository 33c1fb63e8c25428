import type { Automation, BuiltInRole, CollectorKey, LatestRow, LiveMessage, User } from "@banksman/wire/api";
import { FakeAdministration } from "./fake-administration.ts";
import { FakeAlerts } from "./fake-alerts.ts";
import { FakeCustomers } from "./fake-customers.ts";
import { makeRow, makeSite, summarise } from "./fake-fleet.ts";
import { FakeMarket } from "./fake-market.ts";
import { FakePool } from "./fake-pool.ts";
import { FakePoolAccounts } from "./fake-pool-accounts.ts";
import { FakeVideo } from "./fake-video.ts";

export type FakeOptions = {
  /** Miners on site 1. */
  miners?: number;
  role?: BuiltInRole;
  /** The customer for whom alone the role is held. */
  customer?: string | null;
  /** The container of site 1 where alone the role is held. */
  container?: string | null;
  /** Whether the role is held at site 1 alone, as a whole. */
  atSite?: boolean;
  /** Cooling units on site 1. */
  coolingUnits?: number;
  /** Cameras on site 1. */
  cameras?: number;
  /** How old the newest reading is. */
  ageSeconds?: number;
  /** No site at all. */
  noSites?: boolean;
};

/** What the fake server knows; tests change it to make things happen. */
export class FakeState {
  rows: LatestRow[];
  role: BuiltInRole;
  customer: string | null;
  container: string | null;
  atSite: boolean;
  seq = 1;
  /** Who signs in shows a code after the password. */
  hasTotp = false;
  providers: { provider: string; title: string }[] = [];
  delayMs = 0;
  sessionEnded = false;
  /** Path prefixes that answer 500. */
  broken = new Set<string>();
  noSites: boolean;
  coolingUnits: number;
  ageSeconds: number;
  backlog = 0;
  keys: CollectorKey[] = [];
  users: User[];
  requests: string[] = [];
  readonly market = new FakeMarket();
  readonly alerts = new FakeAlerts();
  readonly pool = new FakePool();
  readonly poolAccounts = new FakePoolAccounts();
  readonly administration = new FakeAdministration();
  readonly video: FakeVideo;
  readonly customers = new FakeCustomers();
  automations: Automation[] = [];
  extraSites: { site_id: string; name: string }[] = [];

  constructor({
    miners = 60,
    role = "admin",
    ageSeconds = 3,
    noSites = false,
    coolingUnits = 5,
    cameras = 3,
    customer = null,
    container = null,
    atSite = false,
  }: FakeOptions) {
    this.video = new FakeVideo(cameras);
    this.coolingUnits = coolingUnits;
    this.ageSeconds = ageSeconds;
    this.noSites = noSites;
    this.role = role;
    this.customer = customer;
    this.container = container;
    this.atSite = atSite;
    const now = Date.now() - ageSeconds * 1_000;
    this.rows = Array.from({ length: miners }, (_, index) => makeRow(index, now));
    const created_at = "2026-01-04T08:00:00.000Z";
    this.users = [
      {
        username: "admin",
        role,
        grants: [{ role, scope: { of: "all" } }],
        disabled: false,
        has_password: true,
        has_second_factor: false,
        created_at,
        last_signed_in_at: new Date().toISOString(),
      },
      {
        username: "li.wei",
        role: "operator",
        grants: [{ role: "operator", scope: { of: "site", site_id: "1" } }],
        disabled: false,
        has_password: true,
        has_second_factor: false,
        created_at,
        last_signed_in_at: null,
      },
    ];
  }

  rowsOf(siteId: string): LatestRow[] {
    return siteId === "1" ? this.rows : [];
  }

  sites() {
    if (this.noSites) return [];
    return [
      makeSite("1", "North Ridge", this.rows),
      ...this.extraSites.map(({ site_id, name }) => makeSite(site_id, name, [])),
    ];
  }

  /** Changes one miner now, as a new reading would. */
  update(minerId: string, change: Partial<LatestRow>): void {
    const collected_at = new Date().toISOString();
    this.rows = this.rows.map((row) => (row.miner_id === minerId ? { ...row, ...change, collected_at } : row));
    this.seq += 1;
  }

  message(siteId: string, minerIds: readonly string[]): LiveMessage {
    const wanted = new Set(minerIds);
    const { models: _, ...summary } = summarise(siteId, this.rowsOf(siteId));
    const rows = this.rowsOf(siteId).filter((row) => wanted.has(row.miner_id));
    return {
      type: "readings",
      site_id: siteId,
      seq: String(this.seq),
      collected_at: new Date().toISOString(),
      rows,
      summary,
    };
  }
}
