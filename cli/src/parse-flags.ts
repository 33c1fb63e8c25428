import { type ParseArgsConfig, parseArgs } from "node:util";

/** `-5`, `-0.5`, `-.5`: a value, since no option is named so. */
const NEGATIVE = /^-\.?\d/;
const isFlag = (arg: string): boolean => arg.length > 1 && arg.startsWith("-") && !NEGATIVE.test(arg);

/** `parseArgs`, to which a negative number is a value wherever it stands: what it is for says whether it is in range. */
export const parseFlags = <T extends ParseArgsConfig & { args: string[] }>(config: T) =>
  parseArgs<T>({ ...config, args: flagsFirst(config.args, config.options ?? {}) });

/** The same with all flags before `--` and all words after it, where a dash begins nothing. */
function flagsFirst(args: readonly string[], options: NonNullable<ParseArgsConfig["options"]>): string[] {
  const takesValue = (flag: string) =>
    Object.entries(options).some(
      ([name, { type, short }]) => type === "string" && (flag === `--${name}` || flag === `-${short}`),
    );
  const [flags, words, left]: [string[], string[], string[]] = [[], [], [...args]];
  for (let arg = left.shift(); arg !== undefined; arg = left.shift()) {
    const [next] = left;
    if (arg === "--") words.push(...left.splice(0));
    else if (!isFlag(arg)) words.push(arg);
    else if (next === undefined || !takesValue(arg) || isFlag(next)) flags.push(arg);
    else {
      // Of a short flag what is joined to it is the value, without an equals sign.
      flags.push(arg.startsWith("--") ? `${arg}=${next}` : `${arg}${next}`);
      left.shift();
    }
  }
  return words.length === 0 ? flags : [...flags, "--", ...words];
}
