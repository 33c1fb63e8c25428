import type { FieldType } from "@banksman/wire/model";

/** A field as its table writes it. */
export type FieldRow = readonly [name: string, type: FieldType, unit: string | null, zh: string, en: string];
