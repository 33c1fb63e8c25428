import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { hash, verify } from "@node-rs/argon2";
import { dictionary } from "@zxcvbn-ts/language-common";
import { problem } from "../http/problem.ts";

/** OWASP's second argon2id choice: 19 MiB, two passes. The library's default algorithm is argon2id. */
const ARGON = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** Each takes 19 MiB: no more at once than the processors can work on, and no longer a queue than people wait for. */
const AT_ONCE = availableParallelism();
const MOST_WAITING = 200;

/** 49,000 passwords that are tried first, from published leaks. */
const COMMON = new Set<string>(dictionary["passwords-common"]);
/** A leaked password with signs around it is taken for what it is from this length on. */
const SHORTEST_WORD = 4;
const SHORTEST_REPEAT = 4;

/** Some characters over and over, the last time perhaps cut: `abcabcab`. */
const isRepetition = (text: string): boolean =>
  Array.from({ length: Math.floor(text.length / 2) }, (_, index) => index + 1).some(
    (period) => text.slice(period) === text.slice(0, -period),
  );

/** Characters that follow each other: `abcdefgh`, `987654321`. */
function isSequence(text: string): boolean {
  const steps = new Set([...text].slice(1).map((character, index) => character.charCodeAt(0) - text.charCodeAt(index)));
  return steps.size === 1 || (/^\d+$/.test(text) && "01234567890123456789012345678901234567890".includes(text));
}

/** Two or fewer passwords of the list put together. */
const isCommonPair = (text: string): boolean =>
  COMMON.has(text) ||
  Array.from({ length: text.length - 2 * SHORTEST_REPEAT + 1 }, (_, index) => index + SHORTEST_REPEAT).some(
    (cut) => COMMON.has(text.slice(0, cut)) && COMMON.has(text.slice(cut)),
  );

/**
 * Whether a password is one of those that are tried first (NIST SP 800-63B-4, 3.1.1.2): from a list of leaked ones, a
 * repetition or sequence, or made of the person's and the product's names. Of what it is composed doesn't matter.
 */
export function isGuessable(password: string, username: string): boolean {
  const text = password.normalize("NFC").toLowerCase();
  const bare = text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, "");
  const own = [username.toLowerCase(), "banksman"].filter((word) => word.length >= SHORTEST_REPEAT);
  const rest = own.reduce((left, word) => left.replaceAll(word, ""), text);
  // Two letters among many signs are no word.
  const cores = bare.length < SHORTEST_WORD ? [text] : [text, bare];
  return (
    rest.length * 2 < text.length || cores.some((one) => isRepetition(one) || isSequence(one) || isCommonPair(one))
  );
}

export type Passwords = ReturnType<typeof passwordHashes>;

/** Hashes and compares passwords, so many at once; throws 503 when too many wait. */
export function passwordHashes() {
  let [running, waiting] = [0, 0];
  const queue: (() => void)[] = [];
  const limited = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= AT_ONCE) {
      if (waiting >= MOST_WAITING)
        throw problem(503, "BUSY", "too many people sign in at once; try again", { retryAfterSeconds: 5 });
      waiting += 1;
      await new Promise<void>((resolve) => queue.push(resolve));
      waiting -= 1;
    } else running += 1;
    try {
      return await work();
    } finally {
      // Hands the place on, or gives it back.
      const next = queue.shift();
      if (next) next();
      else running -= 1;
    }
  };
  const hashed = (password: string) => limited(() => hash(password.normalize("NFC"), ARGON));
  // Compared against when there is no such account, so that the time taken doesn't tell.
  const decoy = hashed(randomBytes(16).toString("hex"));

  return {
    /** Throws 400 for a password that is tried first. */
    hash: async (password: string, username: string): Promise<string> => {
      if (isGuessable(password, username))
        throw problem(400, "PASSWORD_GUESSABLE", "this password is among those that are tried first; take another", {
          path: "password",
        });
      return hashed(password);
    },
    /** `stored` null compares with nobody's password and gives false. */
    matches: async (stored: string | null, password: string): Promise<boolean> => {
      const against = stored ?? (await decoy);
      const isRight = await limited(() => verify(against, password.normalize("NFC")).catch(() => false));
      return isRight && stored !== null;
    },
  };
}
