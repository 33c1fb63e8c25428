import type { WorkStatus } from "@banksman/wire/model";
import type { Answers } from "../answers.ts";
import { elphapexCommands } from "../commands/elphapex.ts";
import type { Fields } from "../decode/reply.ts";
import { defineFamily } from "../family.ts";
import type { Notes } from "../notes.ts";
import { amount, count, number } from "../read/number.ts";
import { at, listOf } from "../read/pick.ts";
import { mac, text } from "../read/text.ts";
import { antminerFields } from "../shapes/antminer-fields.ts";
import { antminerStatus } from "../shapes/antminer-status.ts";
import { type AntminerView, antminerView, faultsOf } from "../shapes/antminer-view.ts";
import { CGI, page, pageFaults, withPages } from "../shapes/cgi.ts";

type View = AntminerView & { answers: Answers; info: Fields | undefined; head: Fields | undefined };

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
  claims: ({ page: start, answers }) =>
    /REALM="?DAOGE/.test(start) || /^DG\d?[+-]?\w*/i.test(text(page(answers, "info")?.minertype) ?? ""),
  live: [
    { command: CGI.info },
    { command: CGI.stats },
    { command: CGI.pools },
    { command: CGI.summary, optional: true },
    { command: CGI.conf, optional: true },
  ],
  identity: [],
  view: elphaView,
  fields: {
    ...antminerFields,
    status: statusOf,
    faults: (v) => [...faultsOf(v, statusOf(v) === "hashing"), ...pageFaults(v.answers)],
    model: (v) => text(v.info?.minertype) ?? text(v.head?.type),
    firmware: (v) => text(v.head?.miner_version) ?? text(v.info?.system_filesystem_version),
    mac: (v) => mac(v.info?.macaddr),
    serial: (v) => text(v.head?.dev_sn),
  },
  commands: elphapexCommands,
});

/** The view of Bitmain's shape, of answers with the units that shape has. */
function elphaView(answers: Answers, notes: Notes): View {
  const plain = withPages(answers, (name, reply) =>
    name === "stats" ? { ...reply, body: inUnits(reply.body) } : reply,
  );
  return {
    ...antminerView(plain, notes),
    answers,
    info: page(answers, "info"),
    head: at(page(answers, "stats"), "INFO") ?? at(page(answers, "summary"), "INFO"),
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

/** The map of chips is the same for all models; only its beginning means chips that are there. */
function chainInUnits(chain: Fields): Fields {
  const chips = Array.isArray(chain.temp_chip) ? chain.temp_chip.map(thousandth) : chain.temp_chip;
  const map = typeof chain.asic === "string" ? chain.asic.replace(/\s+/g, "").slice(0, count(chain.asic_num) ?? 0) : "";
  return { ...chain, temp_chip: chips, freq_avg: thousandth(chain.freq_avg), asic: map };
}

/** `fc-work-mode`: 0 normal, 1 asleep. */
const MODE_ASLEEP = 1;

function statusOf(v: View): WorkStatus | null {
  return count(page(v.answers, "conf")?.["fc-work-mode"]) === MODE_ASLEEP ? "sleeping" : antminerStatus(v);
}
