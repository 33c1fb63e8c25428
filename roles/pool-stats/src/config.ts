import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { ConfigErrors, codeOf } from "@banksman/kit";
import { PoolName } from "@banksman/wire/ingest";
import type { ServerConfig } from "./history/send-minutes.ts";
import { SASL_MECHANISMS, type SaslMechanism } from "./kafka/index.ts";
import { parseLibconfig } from "./libconfig/libconfig.ts";
import { Lookup, splitAtCommas } from "./libconfig/lookup.ts";
import type { Compat } from "./share/status.ts";

export const DATABASE_TYPES = ["mysql", "postgresql"] as const;
export type PooldbConfig = {
  type: (typeof DATABASE_TYPES)[number];
  host: string;
  port: number;
  username: string;
  password: string;
  dbname: string;
};

export type KafkaConfig = {
  brokers: string[];
  shareTopic: string;
  eventsTopic: string;
  /** Members of one group share the partitions. */
  groupId: string;
  /** After how long without a sign of life a member's partitions go to others. */
  sessionTimeoutMs: number;
  tls: { caFile?: string; certFile?: string; keyFile?: string } | null;
  sasl: { mechanism: SaslMechanism; username: string; password: string } | null;
};

export type PoolStatsConfig = {
  file: string;
  /** What was found odd in the file and is told at the start. */
  warnings: string[];
  kafka: KafkaConfig;
  http: { ip: string; port: number; token: string | null; allow: string[]; maxWorkerIds: number };
  flush: { intervalSeconds: number; mode: "tmp" | "direct"; chunkRows: number; lastFlushFile: string | null };
  pooldb: PooldbConfig | null;
  /** Several instances of one group share the partitions of the log. */
  scaleOut: boolean;
  /** The Banksman server that keeps sums by the minute; null for none. */
  server: ServerConfig | null;
  snapshot: { file: string; everySeconds: number } | null;
  compat: Compat;
  acceptStale: boolean;
  updateWorkerName: boolean;
  singleUserPuid: number | null;
  maxFutureSeconds: number;
  log: { format: "glog" | "json"; dir: string | null };
};

/** Reads `statshttpd.cfg` as the original does; throws CONFIG_* with the place in the file. */
export async function loadConfig(path: string): Promise<PoolStatsConfig> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (codeOf(error) === "ENOENT")
      throw ConfigErrors.NOT_FOUND(path, "Name the file with -c; S3's statshttpd.cfg works as it is.", {
        cause: error,
      });
    throw ConfigErrors.UNREADABLE(path, codeOf(error) ?? "unknown reason", { cause: error });
  });
  return configOf(text, path);
}

/** The configuration that `text` holds. */
export function configOf(text: string, path: string): PoolStatsConfig {
  const keys = new Lookup(parseLibconfig(text, path));
  const compat = keys.oneOf("statshttpd.compat", ["g2", "g4"], "g2");
  return {
    file: path,
    kafka: kafkaOf(keys),
    http: {
      ip: keys.requiredString("statshttpd.ip"),
      port: keys.intWithin("statshttpd.port", 8080, 0, 65_535),
      token: keys.string("statshttpd.http_token", "") || null,
      allow: networksOf(keys),
      maxWorkerIds: keys.intWithin("statshttpd.max_worker_ids", 10_000, 1, 1_000_000),
    },
    flush: {
      intervalSeconds: keys.intWithin("statshttpd.flush_db_interval", 20, 1, 86_400),
      mode: keys.oneOf("statshttpd.flush", ["tmp", "direct"], "tmp"),
      chunkRows: keys.intWithin("statshttpd.flush_chunk", 2_000, 1, 100_000),
      lastFlushFile: keys.string("statshttpd.file_last_flush_time", "") || null,
    },
    pooldb: keys.bool("statshttpd.use_mysql", true) ? pooldbOf(keys) : null,
    scaleOut: scaleOutOf(keys),
    server: serverOf(keys),
    snapshot: snapshotOf(keys),
    compat,
    acceptStale: keys.bool("statshttpd.accept_stale", false),
    updateWorkerName: keys.bool("statshttpd.update_worker_name", true),
    singleUserPuid: keys.bool("users.single_user_mode", false) ? keys.int("users.single_user_puid", 0) : null,
    maxFutureSeconds: keys.intWithin("statshttpd.max_future_seconds", 60, 0, 120),
    log: { format: keys.oneOf("statshttpd.log_format", ["glog", "json"], "glog"), dir: null },
    warnings: oddities(keys),
  };
}

/** Addresses and networks; throws CONFIG_INVALID for what is neither. */
function networksOf(keys: Lookup): string[] {
  const networks = keys.strings("statshttpd.http_allow");
  for (const network of networks) {
    const [address = "", bits = "0", ...more] = network.split("/");
    const widest = isIP(address) === 4 ? 32 : 128;
    if (isIP(address) === 0 || more.length > 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > widest)
      keys.refuse("statshttpd.http_allow", `holds "${network}": must be a network such as 10.0.0.0/8, or an address`);
  }
  return networks;
}

/** A broker without a port has Kafka's usual one, as with the original's client. */
const BROKER_PORT = 9092;

function brokersOf(keys: Lookup): string[] {
  const brokers = splitAtCommas(keys.requiredString("kafka.brokers"));
  if (brokers.length === 0) keys.refuse("kafka.brokers", 'is empty: name brokers as "host:port,host:port"');
  return brokers.map((broker) => {
    const [, host, port = String(BROKER_PORT)] = /^([^\s:/]+)(?::(\d{1,5}))?$/.exec(broker) ?? [];
    if (host === undefined || Number(port) < 1 || Number(port) > 65_535)
      keys.refuse("kafka.brokers", `holds "${broker}": must be host:port, port from 1 to 65535`);
    return `${host}:${port}`;
  });
}

function kafkaOf(keys: Lookup): KafkaConfig {
  const brokers = brokersOf(keys);
  const sasl = keys.oneOf("kafka.sasl_mechanism", ["", ...SASL_MECHANISMS], "");
  const caFile = keys.string("kafka.tls_ca_file", "");
  const certFile = keys.string("kafka.tls_cert_file", "");
  const keyFile = keys.string("kafka.tls_key_file", "");
  const isTls = keys.bool("kafka.tls", caFile !== "" || certFile !== "");
  return {
    brokers,
    shareTopic: keys.string("statshttpd.share_topic", "ShareLog"),
    eventsTopic: keys.string("statshttpd.common_events_topic", "CommonEvents"),
    groupId: keys.string("kafka.group_id", "banksman-pool-stats"),
    sessionTimeoutMs: keys.intWithin("kafka.session_timeout", 10, 6, 300) * 1_000,
    tls: isTls ? { ...(caFile && { caFile }), ...(certFile && { certFile }), ...(keyFile && { keyFile }) } : null,
    sasl:
      sasl === ""
        ? null
        : {
            mechanism: sasl,
            username: keys.requiredString("kafka.sasl_username"),
            password: keys.requiredString("kafka.sasl_password"),
          },
  };
}

function pooldbOf(keys: Lookup): PooldbConfig {
  const type = keys.oneOf("pooldb.type", DATABASE_TYPES, "mysql");
  return {
    type,
    // An empty host means this machine to MySQL's own clients.
    host: keys.requiredString("pooldb.host") || "127.0.0.1",
    port: keys.intWithin("pooldb.port", type === "mysql" ? 3306 : 5432, 1, 65_535),
    username: keys.requiredString("pooldb.username"),
    password: keys.requiredString("pooldb.password"),
    dbname: keys.requiredString("pooldb.dbname"),
  };
}

/** Instances write partial sums in turn: S3's one temporary table for all of them would not do. */
function scaleOutOf(keys: Lookup): boolean {
  const scaleOut = keys.bool("statshttpd.scale_out", false);
  if (scaleOut && keys.string("statshttpd.flush", "tmp") !== "direct")
    keys.refuse("statshttpd.scale_out", 'is true: several instances need flush = "direct"');
  if (scaleOut && !keys.bool("statshttpd.use_mysql", true))
    keys.refuse("statshttpd.scale_out", "is true: instances meet in the database, so use_mysql can't be false");
  return scaleOut;
}

function serverOf(keys: Lookup): ServerConfig | null {
  const url = keys.string("server.url", "");
  if (url === "") return null;
  if (!/^https?:\/\/[^/]/.test(url)) keys.refuse("server.url", "must be an address such as https://banksman.example");
  const pool = keys.string("server.pool", "main");
  if (!PoolName.safeParse(pool).success) keys.refuse("server.pool", "must be letters, digits and . _ - only");
  return { url, apiKey: keys.requiredString("server.api_key"), pool };
}

function snapshotOf(keys: Lookup): PoolStatsConfig["snapshot"] {
  const file = keys.string("statshttpd.snapshot_file", "");
  if (file === "") return null;
  return { file, everySeconds: keys.intWithin("statshttpd.snapshot_interval", 300, 1, 3_600) };
}

function oddities(keys: Lookup): string[] {
  const found = [...keys.warnings];
  if (keys.bool("statshttpd.use_redis", false))
    found.push("statshttpd.use_redis is true: Redis is not written by this program");
  const ip = keys.requiredString("statshttpd.ip");
  const isGuarded = keys.has("statshttpd.http_token") || keys.has("statshttpd.http_allow");
  if (!/^(?:127\.|::1$|localhost$)/.test(ip) && !isGuarded)
    found.push(`statshttpd.ip is "${ip}": whoever reaches it can read; set http_token or http_allow to guard it`);
  return found;
}
