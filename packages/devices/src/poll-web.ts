import type { Conversation } from "./conversation.ts";
import { DeviceErrors } from "./errors.ts";
import type { Family } from "./family.ts";
import { claimants, seenIn } from "./identify.ts";
import { forget, type MinerMemory } from "./memory.ts";
import type { Notes } from "./notes.ts";
import { askLive, askRest, isPath } from "./poll.ts";

/**
 * Asks one miner that answers on its web server alone; null when that doesn't answer or nobody knows it. Of a machine
 * not met before the start page is looked at first, since it names the maker of most; then each family's own first path
 * is tried.
 */
export async function pollWeb(
  talk: Conversation,
  memory: MinerMemory,
  families: readonly Family[],
  notes: Notes,
  identifyOnly: boolean,
): Promise<Family | null> {
  memory.webOnly = true;
  const known = families.find((family) => family.id === memory.family);
  if (known) {
    await askLive(talk, memory, known);
    if (talk.answers.anyOk && known.claims(seenIn(talk.answers)))
      return (await askRest(talk, memory, known)) ? known : null;
    if (!talk.answers.anyOk) return null;
    talk.answers.replies.clear();
    forget(memory);
    memory.webOnly = true;
  }
  const family = await meetWeb(talk, families, notes);
  // Who only says its maker and wants a login for the rest is found all the same.
  if (identifyOnly && family) return askName(talk, family, notes);
  if (family && (await askLive(talk, memory, family)) !== "broken" && (await askRest(talk, memory, family)))
    return family;
  memory.webOnly = false;
  const denied = [...talk.answers.replies.values()].some(({ code }) => code === 401 || code === 403);
  // A miner that keeps its readings from strangers is told from an address where nothing is.
  talk.problem = family && denied ? DeviceErrors.ACCESS_DENIED(`${family.title} wants a login`) : null;
  return null;
}

/** Asks path after path until the model is told, then what tells the MAC address. */
async function askName(talk: Conversation, family: Family, notes: Notes): Promise<Family> {
  const told = () => family.read(talk.answers, notes);
  for (const ask of family.live.filter(isPath)) {
    if (told().model != null) break;
    if (!talk.answers.has(ask.command) && (await talk.fetch(ask, family.web)) !== "answered") return family;
  }
  for (const ask of family.identity.filter(isPath)) {
    if (told().mac != null) break;
    if ((await talk.fetch(ask, family.web)) !== "answered") return family;
  }
  return family;
}

async function meetWeb(talk: Conversation, families: readonly Family[], notes: Notes): Promise<Family | null> {
  if ((await talk.look(families[0]?.web)) === "broken") return null;
  const byPage = claimants(families, seenIn(talk.answers));
  if (byPage.length > 1) notes.warn("ambiguous_family", byPage.map((family) => family.id).join(", "));
  if (byPage[0]) return byPage[0];
  for (const family of families) {
    const first = family.live.find(isPath);
    if (!first || (await talk.fetch(first, family.web)) !== "answered") continue;
    if (talk.answers.ok(first.command) && family.claims(seenIn(talk.answers))) return family;
    talk.answers.replies.delete(first.command);
  }
  talk.answers.failures.clear();
  return null;
}
