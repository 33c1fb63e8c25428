import type { Credentials } from "@banksman/kit/http-auth";
import type { Family } from "./family.ts";

/** Who may be said to ask: names and passwords by driver, or for all under `*`, and whether the factory's may be tried. */
export type CredentialBook = {
  credentials?: Readonly<Record<string, Credentials>>;
  factoryCredentials?: boolean;
};

/** The name and password for a device of that family; undefined where none may be tried. Only ever one is. */
export function credentialsFor(
  family: Family,
  { credentials, factoryCredentials }: CredentialBook,
): Credentials | undefined {
  const given = credentials?.[family.id] ?? credentials?.["*"];
  if (given || !factoryCredentials) return given;
  return family.api?.factory ?? family.web?.factory;
}
