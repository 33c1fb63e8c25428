import type { ChannelKind } from "@banksman/wire/api";

/** A setting of a kind of channel, read from its JSON Schema. */
export type SettingField = {
  name: string;
  kind: "text" | "number" | "list" | "choice";
  options: string[];
  required: boolean;
  secret: boolean;
  about: string | null;
  example: string | null;
};

type Schema = Record<string, unknown>;
const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];

/** Every setting, those that must be given first. */
export function settingFields({ settings, secrets }: Pick<ChannelKind, "settings" | "secrets">): SettingField[] {
  const properties = isSchema(settings.properties) ? settings.properties : {};
  const required = new Set(texts(settings.required));
  const fields = Object.entries(properties).flatMap(([name, schema]) => {
    if (!isSchema(schema)) return [];
    const options = texts(schema.enum);
    const isRequired = required.has(name) && schema.default === undefined;
    return [
      {
        name,
        options,
        kind: kindOf(schema, options),
        required: isRequired,
        secret: secrets.includes(name),
        about: typeof schema.description === "string" ? schema.description : null,
        example: schema.default === undefined ? null : String(schema.default),
      } satisfies SettingField,
    ];
  });
  return fields.toSorted((a, b) => Number(b.required) - Number(a.required));
}

function kindOf(schema: Schema, options: readonly string[]): SettingField["kind"] {
  if (options.length > 0) return "choice";
  if (schema.type === "array") return "list";
  return schema.type === "number" || schema.type === "integer" ? "number" : "text";
}

/** What was typed, as the server takes it: an empty field is not sent, so that a secret which is set stays. */
export function settingsOf(fields: readonly SettingField[], typed: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    fields.flatMap(({ name, kind }): [string, unknown][] => {
      const text = typed[name] === undefined || typed[name] === null ? "" : String(typed[name]).trim();
      if (text === "") return [];
      if (kind === "number") return [[name, Number(text)]];
      if (kind === "list")
        return [
          [
            name,
            text
              .split(/[\n,]+/)
              .map((part) => part.trim())
              .filter(Boolean),
          ],
        ];
      return [[name, text]];
    }),
  );
}
