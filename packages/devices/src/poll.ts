import type { Conversation, Outcome } from "./conversation.ts";
import type { Ask, Family } from "./family.ts";
import { claimants, PROBE, seenIn } from "./identify.ts";
import { forget, type MinerMemory } from "./memory.ts";
import type { Notes } from "./notes.ts";

/** How often slowly changing things (fault lists that need a request of their own) are asked. */
const SLOW_EVERY_MS = 120_000;

/**
 * Asks one miner over the cgminer API what its family needs, and says which family that is; null when nothing usable
 * came. In the steady state this is one round trip, where the firmware joins commands.
 */
export async function poll(
  talk: Conversation,
  memory: MinerMemory,
  families: readonly Family[],
  notes: Notes,
  identifyOnly: boolean,
): Promise<Family | null> {
  if (identifyOnly) return meetBriefly(talk, memory, families, notes);
  const known = families.find((family) => family.id === memory.family && family.transport === "cgminer");
  if (known) {
    if ((await askLive(talk, memory, known)) === "broken") return talk.answers.anyOk ? known : null;
    if (!isAnother(talk, known, families)) return (await askRest(talk, memory, known)) ? known : null;
    // Another machine has taken the address.
    talk.answers.replies.clear();
    forget(memory);
  }
  return meet(talk, memory, families, notes);
}

/** True when what answers now is not what answered before; a lost answer alone doesn't say so. */
function isAnother(talk: Conversation, known: Family, families: readonly Family[]): boolean {
  if (!talk.answers.anyOk || talk.answers.failures.size > 0) return false;
  const seen = seenIn(talk.answers);
  if (known.claims(seen)) return false;
  return known.id !== FALLBACK || claimants(families, seen).length > 0;
}

/** A WhatsMiner that sleeps refuses all of the probe and still answers for itself; some machines only name their boards. */
const LAST_RESORTS = ["get_version", "devdetails"];

/** The first contact: asks what tells families apart, then what the family still needs. */
async function meet(talk: Conversation, memory: MinerMemory, families: readonly Family[], notes: Notes) {
  const outcome = await askTogether(talk, memory, PROBE);
  if (outcome === "broken" && !talk.answers.anyOk) return null;
  for (const command of LAST_RESORTS) {
    if (!talk.answers.anyOk && talk.answers.replies.size > 0) await talk.ask([command]);
  }
  const family = identify(talk, families, notes);
  if (!family) return null;
  await askLive(talk, memory, family);
  await askRest(talk, memory, family);
  return talk.answers.anyOk ? family : null;
}

/** Only who it is: in one request where the version tells, in two where others imitate it. */
async function meetBriefly(talk: Conversation, memory: MinerMemory, families: readonly Family[], notes: Notes) {
  if ((await talk.ask(["version"])) === "broken") return null;
  let [family] = claimants(families, seenIn(talk.answers));
  if (!family || family.imitated) {
    const more = family ? ["stats"] : PROBE.slice(1);
    if ((await askTogether(talk, memory, more)) === "broken" && !talk.answers.anyOk) return null;
    for (const command of LAST_RESORTS) {
      if (!talk.answers.anyOk && talk.answers.replies.size > 0) await talk.ask([command]);
    }
    family = identify(talk, families, notes) ?? undefined;
  }
  if (!family) return null;
  const { model, mac } = family.read(talk.answers, notes);
  if (model == null || mac == null) await askIdentity(talk, memory, family);
  return family;
}

function identify(talk: Conversation, families: readonly Family[], notes: Notes): Family | null {
  if (!talk.answers.anyOk) return null;
  const found = claimants(families, seenIn(talk.answers));
  if (found.length > 1) notes.warn("ambiguous_family", found.map((family) => family.id).join(", "));
  return found[0] ?? families.find((family) => family.id === FALLBACK) ?? null;
}

/** The family that reads whatever answers the cgminer API. */
export const FALLBACK = "cgminer";

/** Asks what every reading needs and isn't answered yet. */
export async function askLive(talk: Conversation, memory: MinerMemory, family: Family): Promise<Outcome> {
  const wanted = family.live.filter((ask) => isWanted(ask, talk, memory, family) && !talk.answers.has(ask.command));
  const outcome = await askTogether(
    talk,
    memory,
    wanted.filter((ask) => !ask.alone && !isPath(ask)).map((ask) => ask.command),
  );
  if (outcome === "broken") return outcome;
  for (const ask of wanted) {
    if ((ask.alone || isPath(ask)) && (await say(ask, talk, memory, family)) === "broken") return "broken";
  }
  for (const ask of family.live) rememberRefusal(ask, talk, memory);
  return "answered";
}

const isWanted = (ask: Ask, talk: Conversation, memory: MinerMemory, family: Family): boolean =>
  (ask.when === undefined || memory.extra.includes(ask.command)) &&
  !memory.refused.includes(ask.command) &&
  isReachable(ask, talk, memory, family);

/** Whether the device is talked to over the way the ask takes. */
function isReachable(ask: Ask, talk: Conversation, memory: MinerMemory, family: Family): boolean {
  if (!isPath(ask)) return !memory.webOnly;
  if (ask.only === "web" && !memory.webOnly) return false;
  if (ask.only === "login" && !talk.hasCredentials(family.web)) return false;
  return !isWebDown(memory, family);
}

/** A path of the device's web server, where others are commands of its API. */
export const isPath = (ask: Ask): boolean => ask.command.startsWith("/");

/** How long the web server of a machine that is read over 4028 is left alone after it could not be reached. */
const WEB_REST_MS = 600_000;

/** The web only adds to what 4028 tells: a port that swallows packets must not cost every reading its time. */
function isWebDown(memory: MinerMemory, family: Family): boolean {
  if (family.transport !== "cgminer" || memory.webOnly || memory.webDownAt === null) return false;
  const since = performance.now() - memory.webDownAt;
  return since >= 0 && since < WEB_REST_MS;
}

/** Asks one thing over whichever way it goes. What the web server of a 4028 machine doesn't give breaks nothing. */
async function say(ask: Ask, talk: Conversation, memory: MinerMemory, family: Family): Promise<Outcome> {
  if (!isPath(ask)) return talk.ask([ask.command]);
  if (isWebDown(memory, family)) return "failed";
  const outcome = await talk.fetch(ask, family.web);
  if (family.transport !== "cgminer" || memory.webOnly) return outcome;
  memory.webDownAt = outcome === "broken" ? performance.now() : null;
  talk.answers.failures.delete(ask.command);
  return outcome === "broken" ? "failed" : outcome;
}

/** A command refused while others were answered will be refused again. */
function rememberRefusal(ask: Ask, talk: Conversation, memory: MinerMemory): void {
  const reply = talk.answers.get(ask.command);
  if (!ask.optional || !reply || reply.ok || !(isPath(ask) || talk.answers.ok("summary"))) return;
  if (!memory.refused.includes(ask.command)) memory.refused.push(ask.command);
}

/** Conditional, identity and slow commands. False when the device turned out not to answer anything. */
export async function askRest(talk: Conversation, memory: MinerMemory, family: Family): Promise<boolean> {
  for (const ask of family.live) {
    if (!ask.when || talk.answers.has(ask.command) || memory.refused.includes(ask.command)) continue;
    if (!isReachable(ask, talk, memory, family)) continue;
    if (!ask.when(talk.answers)) continue;
    if ((await say(ask, talk, memory, family)) === "broken") return talk.answers.anyOk;
    if (!ask.optional || !talk.answers.ok(ask.command)) rememberRefusal(ask, talk, memory);
    else (ask.helps?.(talk.answers) === false ? memory.refused : memory.extra).push(ask.command);
  }
  // A machine that answers nothing else may still name itself.
  if (!talk.answers.anyOk) memory.identified = [];
  await askIdentity(talk, memory, family);
  if (!talk.answers.anyOk) return false;
  await askSlow(talk, memory, family);
  return true;
}

async function askIdentity(talk: Conversation, memory: MinerMemory, family: Family): Promise<void> {
  for (const ask of family.identity) {
    const { command } = ask;
    if (memory.identified.includes(command) || talk.answers.has(command) || !isReachable(ask, talk, memory, family))
      continue;
    if ((await say(ask, talk, memory, family)) === "broken") return;
    if (talk.answers.has(command)) memory.identified.push(command);
  }
}

async function askSlow(talk: Conversation, memory: MinerMemory, family: Family): Promise<void> {
  const now = performance.now();
  const asks = family.slow?.asks ?? [];
  // Memory may come from another process, whose clock started elsewhere.
  const since = memory.slowAt === null ? -1 : now - memory.slowAt;
  const isFresh = since >= 0 && since < SLOW_EVERY_MS;
  if (isFresh && !asks.some((ask) => ask.when?.(talk.answers))) return;
  for (const ask of asks) {
    if (memory.refused.includes(ask.command) || talk.answers.has(ask.command)) continue;
    if (!isReachable(ask, talk, memory, family)) continue;
    if ((await say(ask, talk, memory, family)) === "broken") return;
    rememberRefusal({ ...ask, optional: true }, talk, memory);
  }
  memory.slowAt = now;
}

/**
 * Asks several commands in one request; where the device won't have that, one by one, and it is remembered. What a
 * joined answer lacks is asked singly.
 */
async function askTogether(talk: Conversation, memory: MinerMemory, commands: readonly string[]): Promise<Outcome> {
  if (commands.length === 0) return "answered";
  const join = commands.join("+");
  let joined: Outcome = "answered";
  if (commands.length > 1 && !memory.refusedJoins.includes(join)) {
    joined = await talk.ask(commands, memory.joins === "silent");
    if (talk.problem?.code === "DEVICE_SILENT" && memory.joins === "untried") memory.joins = "silent";
    if (joined === "broken" || (joined === "failed" && isGone(talk))) return "broken";
  }
  const outcome = await askSingly(talk, commands);
  rememberJoin(talk, memory, join, joined);
  return outcome;
}

async function askSingly(talk: Conversation, commands: readonly string[]): Promise<Outcome> {
  let misses = 0;
  for (const command of commands) {
    if (talk.answers.has(command)) continue;
    const outcome = await talk.ask([command]);
    if (outcome === "broken") return outcome;
    if (outcome === "failed" && ++misses >= 2 && !talk.answers.anyOk) return "broken";
  }
  return "answered";
}

/** A join that could not be read so often, where single commands could, counts as refused. */
const MAX_JOIN_FAILURES = 2;

/** A refusal counts only when single commands fared better: a sleeping device refuses everything. */
function rememberJoin(talk: Conversation, memory: MinerMemory, join: string, outcome: Outcome): void {
  if (outcome === "answered" || !talk.answers.anyOk) {
    if (outcome !== "answered") return;
    memory.joinFailures = 0;
    if (join.includes("+") && talk.answers.anyOk && !memory.refusedJoins.includes(join)) memory.joins = "answered";
    return;
  }
  if (outcome === "failed") memory.joinFailures++;
  if (outcome === "refused" || memory.joinFailures >= MAX_JOIN_FAILURES) memory.refusedJoins.push(join);
}

/** A closed port stays closed; a connection closed without a word may only mean that joins aren't liked. */
const isGone = (talk: Conversation): boolean => talk.problem?.code === "DEVICE_REFUSED";
