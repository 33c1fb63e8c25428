import { defineErrors } from "@banksman/kit";

/** What makes the edge refuse to start: exit code 2, because starting it again would change nothing. */
export const EdgeUsage = defineErrors("USAGE", {
  FLAGS: { text: (why: string) => `banksman edge: ${why}`, retry: false },
  FILE_EXISTS: {
    text: (path: string) => `${path} exists already and is left as it is. Edit it, or name another file with --config.`,
    retry: false,
  },
  SPOOL_UNWRITABLE: {
    text: (path: string, why: string, user: string) =>
      `"spool.path" is "${path}", which can't be written (${why}). Give the directory to ${user} ` +
      `(chown, or for Docker mount a writable ./cache), or name another path.`,
    retry: false,
  },
  OPS_PORT_TAKEN: {
    text: (host: string, port: number) =>
      `"ops_port" is ${port}, which is in use. Name a free one; curl http://${host}:${port}/metrics | grep edge_info ` +
      "shows whether another edge has it.",
    retry: false,
  },
  IDENTITIES: {
    text: (path: string, why: string) =>
      `${path} can't be read (${why}). It says which miner is which: bring back a copy, or remove it, and each miner takes ` +
      "the id of the place where it is seen next.",
    retry: false,
  },
  SPOOL_BUSY: {
    text: (path: string, owner: string) =>
      `${path} is in use by another edge (${owner}). One edge a spool: stop the other one, or give this one its own ` +
      `"spool.path". (--once --dry-run needs no spool.)`,
    retry: false,
  },
});
