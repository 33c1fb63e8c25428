import type { Keys } from "@banksman/wire/api";
import type { Vault } from "../secrets.ts";
import { SEALED_COLUMNS, type SealedStore } from "./store.ts";

type SigningKeys = { list: () => Promise<Keys["signing"]>; rotate: () => Promise<void> };

/** Seals every secret with the key that seals now. What no key opens stays as it is. */
export async function resealAll(store: SealedStore, vault: Vault): Promise<{ resealed: number; unreadable: number }> {
  let [resealed, unreadable] = [0, 0];
  for (const sealed of SEALED_COLUMNS)
    resealed += await store.replace(sealed, (value) => {
      const age = vault.ageOf(value);
      if (age === "unreadable") unreadable += 1;
      return age === "older" ? vault.seal(vault.open(value)) : null;
    });
  return { resealed, unreadable };
}

export type KeyService = ReturnType<typeof keyService>;

/** The keys that sign access tokens and the one that seals secrets. */
export const keyService = (store: SealedStore, vault: Vault, signing: SigningKeys) => {
  const describe = async (): Promise<Keys> => {
    const values = (await Promise.all(SEALED_COLUMNS.map(store.all))).flat();
    const counts = { current: 0, older: 0, unreadable: 0 };
    for (const value of values) counts[vault.ageOf(value)] += 1;
    return { signing: await signing.list(), secrets: { source: vault.source, ...counts } };
  };
  return {
    describe,
    rotateSigning: async (): Promise<Keys> => {
      await signing.rotate();
      return describe();
    },
    reseal: async (): Promise<Keys> => {
      await resealAll(store, vault);
      return describe();
    },
  };
};
