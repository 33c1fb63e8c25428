import { ConfigErrors, messageOf } from "@banksman/kit";
import type { Processor } from "@banksman/rules";
import type { Reading } from "@banksman/wire/model";

/** Opens the configured steps as one; throws CONFIG_INVALID naming the one that is wrong. */
export function openProcessors(
  configured: readonly ({ id: string } & Record<string, unknown>)[],
  known: readonly Processor[],
): (reading: Reading) => Reading | null {
  const steps = configured.map(({ id, ...options }, index) => {
    const processor = known.find((one) => one.id === id);
    const where = `processors.${index}`;
    if (!processor)
      throw ConfigErrors.INVALID(where, `no processor "${id}"; known are ${known.map((one) => one.id).join(", ")}`);
    const parsed = processor.options.safeParse(options);
    const issue = parsed.error?.issues[0];
    if (issue) throw ConfigErrors.INVALID(where, `${issue.path.map(String).join(".") || id}: ${issue.message}`);
    try {
      return processor.create(parsed.data);
    } catch (error) {
      throw ConfigErrors.INVALID(where, messageOf(error), { cause: error });
    }
  });
  return (reading) => steps.reduce<Reading | null>((one, step) => (one === null ? null : step(one)), reading);
}
