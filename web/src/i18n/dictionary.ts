import type { en } from "./en.ts";

/** The same tree of keys as English has, with texts of any wording. */
type Texts<T> = { readonly [K in keyof T]: T[K] extends string ? string : Texts<T[K]> };
type WithoutOne<T> = {
  readonly [K in keyof T as K extends `${string}_one` ? never : K]: T[K] extends string ? string : WithoutOne<T[K]>;
};

/** A translation. A language without a singular form leaves out the `_one` keys. */
export type Dictionary = WithoutOne<Texts<typeof en>>;
