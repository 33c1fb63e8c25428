import { defaultGroup } from "../../flush/row-values.ts";
import type { WorkerName } from "../../flush/target.ts";
import type { Compat } from "../../share/status.ts";
import type { TableRow } from "./steps.ts";

/** The table mining_workers, as a map of rows. */
export class ModelTable {
  readonly #rows = new Map<string, TableRow>();
  readonly #compat: Compat;

  constructor(compat: Compat) {
    this.#compat = compat;
  }

  /** Ordered by puid, then worker_id. */
  rows(): TableRow[] {
    const by = (key: "puid" | "worker_id") => (row: TableRow) => BigInt(row[key] ?? 0);
    const compare = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);
    return [...this.#rows.values()]
      .map((row) => ({ ...row }))
      .sort((a, b) => compare(by("puid")(a), by("puid")(b)) || compare(by("worker_id")(a), by("worker_id")(b)));
  }

  merge(userId: number, workerId: string, { group_id: group = "0", ...values }: TableRow): void {
    const row = this.#at(userId, workerId, values.updated_at ?? null, group ?? "0");
    Object.assign(row, values);
  }

  name({ userId, workerId, name, agent }: WorkerName, now: string): void {
    if (name.length > (this.#compat === "g4" ? 50 : 20) || agent.length > 30) return;
    const group = String(defaultGroup(userId));
    const row = this.#at(userId, workerId, now, group);
    if (row.group_id === "0") row.group_id = group;
    Object.assign(row, { worker_name: name, miner_agent: agent, updated_at: now });
  }

  /** Runs `update mining_workers set a=1,b='x' where c=2 and d=3`. */
  update(statement: string): void {
    const parts = /^update mining_workers set (.+?)(?: where (.+))?$/i.exec(statement);
    if (!parts) throw new Error(`the model can't run: ${statement}`);
    const pairs = (text: string, between: RegExp) =>
      text.split(between).map((pair) => {
        const [key = "", value = ""] = pair.split("=").map((part) => part.trim());
        return [key, value.replace(/^(['"])(.*)\1$/, "$2")] as const;
      });
    const where = parts[2] === undefined ? [] : pairs(parts[2], / and /i);
    for (const row of this.#rows.values())
      if (where.every(([key, value]) => row[key] === value))
        Object.assign(row, Object.fromEntries(pairs(parts[1] ?? "", /,/)));
  }

  #at(userId: number, workerId: string, createdAt: string | null, group: string): TableRow {
    const key = `${userId}/${workerId}`;
    const known = this.#rows.get(key);
    if (known) return known;
    const sums = ["accept_1m", "accept_5m", "accept_15m", "reject_15m", "accept_1h", "reject_1h"];
    const fresh: TableRow = {
      ...Object.fromEntries(sums.map((column) => [column, "0"])),
      ...(this.#compat === "g4" && { stale_15m: "0", stale_1h: "0", reject_detail_15m: "", reject_detail_1h: "" }),
      worker_id: workerId,
      puid: String(userId),
      group_id: group,
      worker_name: null,
      accept_count: "0",
      last_share_ip: "0.0.0.0",
      last_share_time: "1970-01-01 00:00:01",
      miner_agent: null,
      created_at: createdAt,
      updated_at: createdAt,
    };
    this.#rows.set(key, fresh);
    return fresh;
  }
}
