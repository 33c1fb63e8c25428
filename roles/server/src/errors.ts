import { defineErrors } from "@banksman/kit";

/** What can go wrong before the server serves; each text says what to do. */
export const ServerErrors = defineErrors("SERVER", {
  DATA_IN_USE: {
    text: (path: string, pid: number) =>
      `${path} is in use by another banksman server (pid ${pid}). Stop it first, or give this one another data_dir.`,
    retry: false,
  },
  ENGINE_MISSING: {
    text: (platform: string) =>
      `There is no embedded PostgreSQL for ${platform}. Set DATABASE_URL to a PostgreSQL 14 or newer, for example DATABASE_URL=postgresql://user:password@host:5432/banksman.`,
    retry: false,
  },
  ENGINE_VERSION: {
    text: (path: string, found: string, wanted: string) =>
      `${path} was written by PostgreSQL ${found}, this Banksman carries PostgreSQL ${wanted}. Run the Banksman release that wrote it, copy the data out, or set DATABASE_URL to a PostgreSQL ${found} started on that folder.`,
    retry: false,
  },
  ENGINE_NO_START: {
    text: (why: string) =>
      `The embedded PostgreSQL can't be started here: ${why}. Set DATABASE_URL to a PostgreSQL 14 or newer instead.`,
    retry: false,
  },
  DATABASE_TOO_OLD: {
    text: (version: string) =>
      `The database is PostgreSQL ${version}; Banksman needs PostgreSQL 14 or newer. Upgrade it, or unset DATABASE_URL to use the embedded one.`,
    retry: false,
  },
  DATABASE_UNREACHABLE: {
    text: (where: string, why: string) =>
      `The database at ${where} can't be reached: ${why}. Check DATABASE_URL and that the server is up.`,
    retry: true,
  },
  OBJECT_STORE: {
    text: (what: string, why: string) => `The object store did not ${what}: ${why}. Check video.s3.`,
    retry: true,
  },
  REDIS_TOO_OLD: {
    text: (version: string) =>
      `Redis ${version} is too old; Banksman needs Redis 7 or newer. Upgrade it, or unset REDIS_URL.`,
    retry: false,
  },
  REDIS_UNREACHABLE: {
    text: (why: string) =>
      `Redis can't be reached: ${why}. Check REDIS_URL, or unset it when there is only one server.`,
    retry: true,
  },
  OWNER_NEEDED: {
    text: (why: string) =>
      `The database's schema must be brought up to date, and DATABASE_URL's role may not (${why}). Start once with DATABASE_OWNER_URL naming the role that owns the tables.`,
    retry: false,
  },
  OWNER_IS_APP: {
    text: (role: string) =>
      `DATABASE_URL and DATABASE_OWNER_URL are both the role "${role}". Give the server a role of its own, or leave DATABASE_OWNER_URL out.`,
    retry: false,
  },
  SCHEMA_NEWER: {
    text: (found: number, known: number) =>
      `The database has schema ${found}, this Banksman knows ${known}. It was used by a newer release: start that one.`,
    retry: false,
  },
  SECRETS_LOCKED: {
    text: () =>
      "A channel's secrets were sealed with another key. Set SECRET_KEY as it was (or put data_dir/secret.key back), or type the secrets in again.",
    retry: false,
  },
  NO_SUCH_HOST: {
    text: (host: string) =>
      `This machine has no address ${host} to listen on. Set HOST to one it has, or to 0.0.0.0 for all.`,
    retry: false,
  },
  PORT_TAKEN: {
    text: (host: string, port: number) =>
      `${host}:${port} is taken by another program. Stop it, or set PORT to a free port.`,
    retry: false,
  },
});

/** What keeps a command that works beside a server from beginning: exit code 2, and nothing was made. */
export const ServerUsage = defineErrors("USAGE", {
  NO_DATABASE: {
    text: (where: string) => `there is no Banksman database ${where}: name one with --config or DATABASE_URL`,
    retry: false,
  },
});
