import type { WorkStatus } from "@banksman/wire/model";
import type { Answers } from "../answers.ts";
import { antminerCommands } from "../commands/antminer.ts";
import type { Fields } from "../decode/reply.ts";
import { defineFamily } from "../family.ts";
import { AFTERMARKET } from "../marks.ts";
import { amount, count } from "../read/number.ts";
import { mac, text } from "../read/text.ts";
import { antminerFields } from "../shapes/antminer-fields.ts";
import { antminerStatus } from "../shapes/antminer-status.ts";
import { type AntminerView, antminerView, faultsOf } from "../shapes/antminer-view.ts";
import { CGI, page, pageFaults, withPages } from "../shapes/cgi.ts";

type View = AntminerView & { answers: Answers; info: Fields | undefined; conf: Fields | undefined };

const tellsNoBoards = (answers: Answers) =>
  answers.all("stats", "STATS").some((one) => "Elapsed" in one && !("chain_acn1" in one || "chain_acn6" in one));
/** Whether it sleeps or is broken, only its configuration tells. */
const stands = (answers: Answers) =>
  ["stats", CGI.stats].every((command) => {
    const data = answers.all(command, "STATS").find((one) => "GHS 5s" in one || "rate_5s" in one);
    return !((amount(data?.["GHS 5s"]) ?? amount(data?.rate_5s) ?? 0) > 0);
  });
const hasChains = (answers: Answers) => answers.all("stats~new_api", "STATS").some((one) => "chain" in one);

/**
 * Bitmain's own firmware, from the S7 to the S23. Older machines answer `stats` with numbered members
 * (`chain_acn1`, `temp_chip1`), newer ones can answer with a list of boards when asked with `new_api`. MAC address,
 * serial number, mode and the machine's own verdict are only on its web server, which wants a login.
 */
export const antminer = defineFamily<View>({
  id: "antminer",
  title: "Antminer, Bitmain's firmware",
  make: "Antminer",
  types: ["antminer", "bitmain"],
  transport: "cgminer",
  web: { factory: { username: "root", password: "root" } },
  claims: ({ text: said, page: start }) =>
    (/\bANTMINER\b|"MINER_VERSION"|UART_TRANS/.test(said) && !AFTERMARKET.test(said)) || /REALM="?ANTMINER/.test(start),
  imitated: true,
  live: [
    { command: "version", optional: true },
    { command: "summary" },
    { command: "stats" },
    { command: "pools" },
    // Some firmwares keep their boards out of the old answer.
    { command: "stats~new_api", alone: true, optional: true, when: tellsNoBoards, helps: hasChains },
    { command: "devs", optional: true, when: (answers) => tellsNoBoards(answers) && !hasChains(answers) },
    { command: CGI.stats, only: "web" },
    { command: CGI.pools, only: "web" },
    { command: CGI.summary, only: "login", optional: true },
    { command: CGI.conf, only: "login", when: stands },
  ],
  identity: [{ command: CGI.info, only: "login" }],
  view: (answers, notes) => ({
    ...antminerView(withPages(answers), notes),
    answers,
    info: page(answers, "info"),
    conf: page(answers, "conf"),
  }),
  fields: {
    ...antminerFields,
    status: statusOf,
    faults: (v) => {
      if (!(v.old || v.fresh || v.emptyStats)) return null;
      return [...faultsOf(v, statusOf(v) === "hashing"), ...pageFaults(v.answers)];
    },
    model: (v) => v.model ?? text(v.info?.minertype),
    firmware: (v) => v.firmware ?? text(v.info?.system_filesystem_version),
    mac: (v) => mac(v.info?.macaddr),
    serial: (v) => text(v.info?.serinum ?? v.info?.serial_no),
  },
  commands: antminerCommands,
});

/** `miner-mode` and `bitmain-work-mode`: 0 normal, 1 sleep, 2 high, 3 low. */
const MODE_SLEEP = 1;

/** A machine that stands is asleep when its configuration says so, whatever its figures look like. */
function statusOf(v: View): WorkStatus | null {
  const status = antminerStatus(v);
  const mode = count(v.conf?.["miner-mode"] ?? v.conf?.["bitmain-work-mode"]);
  return mode === MODE_SLEEP && status !== "hashing" ? "sleeping" : status;
}
