import type { Fault, FaultLevel, WorkStatus } from "@banksman/wire/model";
import { Answers } from "../answers.ts";
import type { Fields } from "../decode/reply.ts";
import { defineFamily } from "../family.ts";
import { toldFault } from "../faults/fault.ts";
import type { Notes } from "../notes.ts";
import { amount, count, number } from "../read/number.ts";
import { listOf } from "../read/pick.ts";
import { mac, text } from "../read/text.ts";
import { antminerFields } from "../shapes/antminer-fields.ts";
import { antminerStatus } from "../shapes/antminer-status.ts";
import { type AntminerView, antminerView, faultsOf } from "../shapes/antminer-view.ts";

const CGI = "/cgi-bin/";
type View = AntminerView & {
  info: Fields | undefined;
  conf: Fields | undefined;
  network: Fields | undefined;
  head: Fields;
};

/**
 * Elphapex's scrypt machines: Bitmain's newer shape over the web alone, behind digest authentication. Chip temperatures
 * are thousandths of a degree as text, clocks kHz; empty slots repeat the figures of the ones in use.
 */
export const elphapex = defineFamily<View>({
  id: "elphapex",
  title: "Elphapex",
  make: "Elphapex",
  types: ["elphapex"],
  transport: "http",
  web: { factory: { username: "root", password: "root" } },
  claims: ({ page, answers }) =>
    /REALM="?DAOGE/.test(page) ||
    /^DG[\w-]*\d/i.test(text(answers.get(`${CGI}get_system_info.cgi`)?.body.minertype) ?? ""),
  live: [
    { command: `${CGI}get_system_info.cgi` },
    { command: `${CGI}stats.cgi` },
    { command: `${CGI}pools.cgi` },
    { command: `${CGI}summary.cgi`, optional: true },
    { command: `${CGI}get_miner_conf.cgi`, optional: true },
  ],
  identity: [],
  view: elphaView,
  fields: {
    ...antminerFields,
    status: statusOf,
    faults: (v) => [...faultsOf(v, statusOf(v) === "hashing"), ...summaryFaults(v.summary)],
    model: (v) => text(v.info?.minertype) ?? text(v.head.type),
    firmware: (v) => text(v.head.miner_version) ?? text(v.info?.system_filesystem_version),
    mac: (v) => mac(v.info?.macaddr),
    serial: (v) => text(v.head.dev_sn),
  },
});

/** The view of Bitmain's shape, of answers with the units that shape has. */
function elphaView(answers: Answers, notes: Notes): View {
  const plain = new Answers();
  for (const name of ["stats", "pools", "summary"]) {
    const reply = answers.get(`${CGI}${name}.cgi`);
    if (reply) plain.replies.set(name, name === "stats" ? { ...reply, body: inUnits(reply.body) } : reply);
  }
  const body = (name: string) => (answers.ok(CGI + name) ? answers.get(CGI + name)?.body : undefined);
  const head = plain.get("stats")?.body.INFO ?? plain.get("summary")?.body.INFO;
  return {
    ...antminerView(plain, notes),
    info: body("get_system_info.cgi"),
    conf: body("get_miner_conf.cgi"),
    network: body("get_network_info.cgi"),
    head: typeof head === "object" && head !== null ? { ...head } : {},
  };
}

const thousandth = (raw: unknown): number | null => {
  const value = number(raw);
  return value === null ? null : value / 1_000;
};

function inUnits(body: Fields): Fields {
  const stats = listOf(body.STATS).map((one) => ({
    ...one,
    chain: listOf(one.chain).filter(isFitted).map(chainInUnits),
  }));
  return { ...body, STATS: stats };
}

/** A slot with neither chips nor serial nor a rated hashrate has no board. */
const isFitted = (chain: Fields) =>
  (count(chain.asic_num) ?? 0) > 0 || text(chain.sn) !== null || (amount(chain.rate_ideal) ?? 0) > 0;

function chainInUnits(chain: Fields): Fields {
  const chips = Array.isArray(chain.temp_chip) ? chain.temp_chip.map(thousandth) : chain.temp_chip;
  const map = typeof chain.asic === "string" ? chain.asic.replace(/\s+/g, "").slice(0, count(chain.asic_num) ?? 0) : "";
  return { ...chain, temp_chip: chips, freq_avg: thousandth(chain.freq_avg), asic: map };
}

/** `fc-work-mode`: 0 normal, 1 asleep. */
const MODE_ASLEEP = 1;

function statusOf(v: View): WorkStatus | null {
  return count(v.conf?.["fc-work-mode"]) === MODE_ASLEEP ? "sleeping" : antminerStatus(v);
}

const LEVELS = new Map<string | undefined, FaultLevel>([
  ["w", "warning"],
  ["e", "severe"],
]);

/** The machine's own verdict on its rate, network, fans and temperature; `s` and an empty one say that all is well. */
function summaryFaults(summary: Fields | undefined): Fault[] {
  return listOf(summary?.status).flatMap((one) => {
    const level = LEVELS.get(text(one.status)?.toLowerCase());
    const type = text(one.type) ?? "status";
    return level === undefined ? [] : [toldFault(`${type}_${one.code ?? ""}`, level, text(one.msg, 500) ?? type)];
  });
}
