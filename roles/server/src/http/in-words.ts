import type { z } from "zod";

/** What a member was expected to be, as people call it. */
const KINDS: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "a text",
  boolean: "true or false",
  array: "a list",
  object: "an object with members",
  record: "an object with members",
  date: "a time",
};
const FORMATS: Readonly<Record<string, string>> = {
  datetime: "must be a time such as 2026-01-31T08:00:00Z",
  date: "must be a day such as 2026-01-31",
  uuid: "must be an id of the form 00000000-0000-4000-8000-000000000000",
  url: "must be an address such as https://example.com",
  email: "must be a mail address",
};
const ENTRIES: Readonly<Record<string, string>> = { string: "characters", array: "entries", set: "entries" };

const listed = (values: readonly unknown[]): string => values.map(String).join(", ");

/** `at least 5 characters`; a member that may not be empty is told so. */
function boundary(least: boolean, limit: number | bigint, origin: string, isInclusive: boolean): string {
  const what = ENTRIES[origin];
  if (least && isInclusive && limit === 1 && what !== undefined) return "must not be empty";
  const bound = isInclusive ? (least ? "at least" : "at most") : least ? "more than" : "less than";
  return what === undefined ? `must be ${bound} ${limit}` : `must have ${bound} ${limit} ${what}`;
}

/** What is wrong with a member, for people. What a schema says in its own words goes before. */
const sentence: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? "is missing" : `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case "too_small":
      return boundary(true, issue.minimum, issue.origin, issue.inclusive ?? true);
    case "too_big":
      return boundary(false, issue.maximum, issue.origin, issue.inclusive ?? true);
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    case "invalid_format":
      return FORMATS[issue.format] ?? "is not of the form that is expected";
    case "invalid_value":
      return issue.values.length === 1 ? `must be ${listed(issue.values)}` : `must be one of ${listed(issue.values)}`;
    case "unrecognized_keys":
      return `has members that are not known: ${listed(issue.keys)}`;
    case "invalid_union":
      return "discriminator" in issue && Array.isArray(issue.options)
        ? `must be one of ${listed(issue.options)}`
        : "is none of what it may be";
    default:
      return "is not valid";
  }
};

export type InWords = { path: string; message: string };

const isOtherKind = (issue: z.core.$ZodIssue): boolean => issue.code === "invalid_union" && issue.errors.length === 0;

/**
 * The issue that is told. Of what may be one of several things it is that of the one that was meant: whose kind fits, and
 * whose mistake lies deepest.
 */
function told(issue: z.core.$ZodIssue, path: readonly PropertyKey[] = []): InWords & { depth: number } {
  const whole = [...path, ...issue.path];
  if (issue.code === "invalid_union") {
    const firsts = issue.errors.flatMap(([first]) => first ?? []);
    const meant = firsts.filter((first) => !isOtherKind(first));
    const [deepest] = (meant.length > 0 ? meant : firsts)
      .map((first) => told(first, whole))
      .toSorted((a, b) => b.depth - a.depth);
    // Of what is no kind that is known each list of kinds would be but a part.
    if (deepest && (meant.length > 0 || firsts.length === 1)) return deepest;
  }
  return { path: whole.map(String).join("."), message: issue.message, depth: whole.length };
}

/** What a schema makes of a value, or what is wrong with it in words for people. */
export function parseInWords<S extends z.ZodType>(
  schema: S,
  value: unknown,
): { data: z.output<S>; wrong: null } | { data: null; wrong: InWords } {
  const result = schema.safeParse(value, { error: sentence });
  if (result.success) return { data: result.data, wrong: null };
  const [issue] = result.error.issues;
  const { path, message } = issue ? told(issue) : { path: "", message: "is not valid" };
  return { data: null, wrong: { path, message } };
}
