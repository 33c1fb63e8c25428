import { z } from "zod";

/** Checks of single values that the sections of the edge's configuration share. Each error says what to write instead. */

export const whole = (min: number, max: number, unit: string) => {
  const error = `must be a whole number from ${min.toLocaleString("en-US")} to ${max.toLocaleString("en-US")} (${unit})`;
  // One check, so that one mistake is told once.
  const fits = (value: number) => Number.isSafeInteger(value) && value >= min && value <= max;
  return z.number({ error }).refine(fits, { error });
};
export const text = (what: string) =>
  z
    .string({ error: `must be text: ${what}` })
    .trim()
    .min(1, { error: `must not be empty: ${what}` });
export const list = <T extends z.ZodType>(item: T, example: string) =>
  z.array(item, { error: `must be a list such as ${example}` });
export const flag = z.boolean({ error: "must be true or false, without quotes" });

export const siteId = z
  .union([z.string(), z.int()], { error: 'must be the site\'s code, such as "site_001"' })
  .transform(String)
  .pipe(
    z.string().regex(/^[\x21-\x7e]{1,64}$/, { error: "must be the site's code, 1 to 64 characters without spaces" }),
  );

/** A password, or `env:NAME` for the variable that holds it, so that the file need not. */
const password = text("the password, or env:NAME for the variable that holds it").transform((value, context) => {
  const name = /^env:(\w+)$/.exec(value)?.[1];
  const held = name === undefined ? value : process.env[name];
  if (held) return held;
  context.addIssue({ code: "custom", message: `names the variable ${name}, which is not set`, input: value });
  return z.NEVER;
});
export const credentials = z.strictObject(
  { username: text("the name to sign in with"), password },
  { error: 'must be an object such as {"username": "root", "password": "env:MINER_PASSWORD"}' },
);
