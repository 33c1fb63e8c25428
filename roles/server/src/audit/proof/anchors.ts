import { existsSync, readFileSync } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { backoffMs, type Clock, type Log, messageOf } from "@banksman/kit";
import type { Egress } from "@banksman/kit/egress";
import type { AuditSeal } from "@banksman/wire/api";
import type pg from "pg";
import type { ServerConfig } from "../../config.ts";
import { SignedHead } from "./head.ts";
import { headsAfter, newestHead } from "./reader.ts";

type AnchorConfig = ServerConfig["audit"]["anchors"][number];
type Away = Exclude<AnchorConfig, { type: "file" }>;
type Channels = {
  find: (name: string) => Promise<{
    sender: { send: (message: { title: string; text: string; level: "info" }) => Promise<unknown> };
  } | null>;
};

const AGAIN = { firstMs: 30_000, maxMs: 3_600_000 };
const TIMEOUT_MS = 15_000;
/** One server of several tells an anchor. Longer than sending takes: if it is killed meanwhile, another one tells. */
const LEASE_MS = 120_000;
const HOUR_MS = 3_600_000;

const anchorName = (anchor: AnchorConfig): string => {
  switch (anchor.type) {
    case "file":
      return `file ${anchor.path}`;
    case "http":
      return `http ${new URL(anchor.url).host}${new URL(anchor.url).pathname}`;
    case "mail":
      return `mail ${anchor.channel}`;
  }
};

const line = (signed: SignedHead) => `${JSON.stringify(signed)}\n`;

/** Size of the last head in an anchor file. */
function lastIn(path: string): number {
  if (!existsSync(path)) return 0;
  const lines = readFileSync(path, "utf8").split("\n").toReversed();
  for (const text of lines) {
    if (text === "") continue;
    try {
      const head = SignedHead.safeParse(JSON.parse(text));
      if (head.success) return head.data.head.size;
    } catch {
      // A line that a crash cut off: the one before it counts, and its head is written again.
    }
  }
  return 0;
}

type FileState = { size: number | null; at: number | null; error: string | null };

/** Appends each new head to a file of this machine; the file itself says how far it is. */
function fileAnchor(path: string, clock: Clock) {
  const state: FileState = { size: null, at: null, error: null };
  const write = async (pool: pg.Pool): Promise<void> => {
    const size = state.size ?? lastIn(path);
    state.size = size;
    const heads = await headsAfter(pool, size);
    if (heads.length === 0) return;
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, "a+", 0o640);
    try {
      const { size: bytes } = await file.stat();
      const { buffer } = await file.read({ buffer: Buffer.alloc(1), position: Math.max(0, bytes - 1) });
      const isTorn = bytes > 0 && buffer.toString() !== "\n";
      await file.write(`${isTorn ? "\n" : ""}${heads.map(line).join("")}`);
      await file.sync();
    } finally {
      await file.close();
    }
    state.size = heads.at(-1)?.head.size ?? size;
    state.at = clock.now();
  };
  return { path, state, write };
}

async function send(anchor: Away, signed: SignedHead, egress: Egress, channels: Channels): Promise<void> {
  if (anchor.type === "mail") {
    const channel = await channels.find(anchor.channel);
    if (!channel) throw new Error(`there is no channel "${anchor.channel}"`);
    const { size, root, at, key_id } = signed.head;
    const title = `Banksman audit trail 审计记录: ${size} rows`;
    const text = `${at}\n--root ${size}:${root}\nkey ${key_id}\nsignature ${signed.signature}`;
    await channel.sender.send({ title, text, level: "info" });
    return;
  }
  const reply = await egress.fetch(anchor.url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(anchor.token === undefined ? {} : { authorization: `Bearer ${anchor.token}` }),
    },
    body: JSON.stringify(signed),
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (reply.status < 200 || reply.status > 299) throw new Error(`it answered ${reply.status}`);
}

type Parts = {
  pool: pg.Pool;
  anchors: readonly AnchorConfig[];
  egress: Egress;
  channels: Channels;
  clock: Clock;
  log: Log;
};

export type Anchoring = ReturnType<typeof createAnchoring>;

/** Keeps heads outside the database, so that who owns it can't write another past. */
export function createAnchoring({ pool, anchors, egress, channels, clock, log }: Parts) {
  const files = anchors.flatMap((anchor) => (anchor.type === "file" ? [fileAnchor(anchor.path, clock)] : []));

  const away = anchors.filter((anchor): anchor is Away => anchor.type !== "file");

  /** Takes the telling of `size` rows for this server; null when it isn't due, or another one has it. */
  const take = async (name: string, size: number): Promise<{ tries: number } | null> => {
    const now = clock.now();
    await pool.query("insert into audit_anchors (anchor, next_at) values ($1, $2) on conflict do nothing", [
      name,
      new Date(now),
    ]);
    const { rows } = await pool.query<{ tries: number }>(
      "update audit_anchors set next_at = $3 where anchor = $1 and size < $2 and next_at <= $4 returning tries",
      [name, size, new Date(now + LEASE_MS), new Date(now)],
    );
    return rows[0] ?? null;
  };
  const tell = async (anchor: Away): Promise<void> => {
    const name = anchorName(anchor);
    const newest = await newestHead(pool);
    const taken = newest && (await take(name, newest.head.size));
    if (!taken) return;
    try {
      await send(anchor, newest, egress, channels);
      await pool.query(
        "update audit_anchors set size = $2, anchored_at = $3, next_at = $4, tries = 0, error = null where anchor = $1",
        [name, newest.head.size, new Date(clock.now()), new Date(clock.now() + anchor.every_hours * HOUR_MS)],
      );
    } catch (error) {
      const next = new Date(clock.now() + backoffMs(AGAIN, taken.tries + 1));
      await pool.query("update audit_anchors set tries = tries + 1, error = $2, next_at = $3 where anchor = $1", [
        name,
        messageOf(error),
        next,
      ]);
      log.warn({ err: error }, `the audit trail's head did not reach ${name}: ${messageOf(error)}`);
    }
  };

  return {
    /** Where each anchor stands; a file is this machine's own. */
    states: async (): Promise<AuditSeal["anchors"]> => {
      const { rows } = await pool.query<{
        anchor: string;
        size: number;
        anchored_at: Date | null;
        error: string | null;
      }>("select anchor, size, anchored_at, error from audit_anchors");
      const iso = (at: Date | number | null | undefined) => (at == null ? null : new Date(at).toISOString());
      return [
        ...files.map(({ path, state: { size, at, error } }) => ({
          anchor: anchorName({ type: "file", path }),
          size: size ?? 0,
          anchored_at: iso(at),
          error,
        })),
        ...away.map((anchor) => {
          const row = rows.find((one) => one.anchor === anchorName(anchor));
          return {
            anchor: anchorName(anchor),
            size: row?.size ?? 0,
            anchored_at: iso(row?.anchored_at),
            error: row?.error ?? null,
          };
        }),
      ];
    },
    step: async (): Promise<void> => {
      for (const { path, state, write } of files) {
        state.error = await write(pool).then(() => null, messageOf);
        if (state.error !== null) log.warn(`the audit trail's heads can't be written to ${path}: ${state.error}`);
      }
      for (const anchor of away) await tell(anchor);
    },
  };
}
