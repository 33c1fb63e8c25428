import { MinerHealth, NOT_HASHING_HEALTHS, OfflineReason, PowerSource, WorkStatus } from "@banksman/wire/model";

/**
 * Words of the wire as small numbers in the database: a word's place in the list below. The lists are part of the
 * stored data: append to them, never reorder (a test compares them with the wire's words).
 */
const coded = <W extends string>(words: readonly W[]) => {
  const numbers = new Map<string, number>(words.map((word, index) => [word, index]));
  return {
    words,
    toNumber: (word: W | null | undefined): number | null => (word == null ? null : (numbers.get(word) ?? null)),
    toWord: (code: number | null): W | null => (code === null ? null : (words[code] ?? null)),
  };
};

export const healthCode = coded(MinerHealth.options);
export const statusCode = coded(WorkStatus.options);
export const offlineCode = coded(OfflineReason.options);
export const powerSourceCode = coded(PowerSource.options);

const codeOfHealth = (word: MinerHealth): number => MinerHealth.options.indexOf(word);

/** Stored code of a miner that can't be reached. */
export const UNREACHABLE = codeOfHealth("unreachable");

/** Stored codes of miners that add nothing to what their site hashes: an idle device goes on telling an old average. */
export const NOT_HASHING = NOT_HASHING_HEALTHS.map(codeOfHealth).join(", ");
