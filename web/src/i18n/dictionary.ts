/** The same tree of keys, with texts of any wording. */
type Texts<T> = { readonly [K in keyof T]: T[K] extends string ? string : Texts<T[K]> };
type WithoutOne<T> = {
  readonly [K in keyof T as K extends `${string}_one` ? never : K]: T[K] extends string ? string : WithoutOne<T[K]>;
};

/** The translation of a tree of texts. A language without a singular form leaves out the `_one` keys. */
export type Translation<T> = WithoutOne<Texts<T>>;
