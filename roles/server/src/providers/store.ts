import { type Grant, GroupMapping, type SignInProvider } from "@banksman/wire/api";
import { sql, type Transaction } from "kysely";
import { z } from "zod";
import type { Db } from "../db/connect.ts";
import type { Schema } from "../db/schema.ts";

/** A provider as it is kept: `client_secret` is sealed. */
export type StoredProvider = Omit<SignInProvider, "has_secret" | "redirect_uri" | "updated_at"> & {
  client_secret: Buffer | null;
  updated_at: Date;
};
/** A sign-in that was led to a provider and has not come back. */
export type Led = { provider: string; browser_hash: Buffer; verifier: string; nonce: string; return_to: string };

const Mappings = z.array(GroupMapping);

export type ProviderStore = ReturnType<typeof providerStore>;

/** The only SQL on sign-in providers and on whom they know. */
export const providerStore = (db: Db) => ({
  all: async (): Promise<StoredProvider[]> => {
    const { rows } = await sql<StoredProvider>`select * from sign_in_providers order by title, provider`.execute(db);
    return rows.map((row) => ({ ...row, mappings: Mappings.parse(row.mappings) }));
  },

  /** Makes a provider, or replaces it. */
  save: async (row: Omit<StoredProvider, "updated_at">): Promise<void> => {
    const { provider, title, issuer, client_id, client_secret, scopes, group_claim, mappings, enabled, updated_by } =
      row;
    await sql`insert into sign_in_providers (provider, title, issuer, client_id, client_secret, scopes, group_claim, mappings, enabled, updated_by)
      values (${provider}, ${title}, ${issuer}, ${client_id}, ${client_secret}, ${scopes}, ${group_claim},
        ${JSON.stringify(mappings)}, ${enabled}, ${updated_by})
      on conflict (provider) do update set title = excluded.title, issuer = excluded.issuer, client_id = excluded.client_id,
        client_secret = excluded.client_secret, scopes = excluded.scopes, group_claim = excluded.group_claim,
        mappings = excluded.mappings, enabled = excluded.enabled, updated_by = excluded.updated_by, updated_at = now()`.execute(
      db,
    );
  },

  remove: async (provider: string): Promise<void> => {
    await sql`delete from sign_in_providers where provider = ${provider}`.execute(db);
  },

  lead: async (stateHash: Buffer, led: Led, expiresAt: Date): Promise<void> => {
    await sql`insert into provider_sign_ins (state_hash, provider, browser_hash, verifier, nonce, return_to, expires_at)
      values (${stateHash}, ${led.provider}, ${led.browser_hash}, ${led.verifier}, ${led.nonce}, ${led.return_to}, ${expiresAt})`.execute(
      db,
    );
  },

  /** Takes a sign-in that comes back; it is good once. */
  takeLed: async (stateHash: Buffer): Promise<Led | null> => {
    const { rows } = await sql<Led>`delete from provider_sign_ins where state_hash = ${stateHash} and expires_at > now()
      returning provider, browser_hash, verifier, nonce, return_to`.execute(db);
    return rows[0] ?? null;
  },

  /** Whose account the provider's person has; by issuer and subject, never by name or address. */
  accountOf: async (issuer: string, subject: string): Promise<{ user_no: number; is_disabled: boolean } | null> => {
    const { rows } = await sql<{ user_no: number; is_disabled: boolean }>`
      select u.user_no, u.disabled_at is not null as is_disabled from provider_accounts join users u using (user_no)
      where issuer = ${issuer} and subject = ${subject}`.execute(db);
    return rows[0] ?? null;
  },

  link: async (tx: Transaction<Schema>, issuer: string, subject: string, userNo: number): Promise<void> => {
    await sql`insert into provider_accounts (issuer, subject, user_no) values (${issuer}, ${subject}, ${userNo})`.execute(
      tx,
    );
  },
});

/** Grants without those that are named twice. */
export const distinctGrants = (grants: readonly Grant[]): Grant[] => [
  ...new Map(grants.map((grant) => [JSON.stringify(grant), grant])).values(),
];
