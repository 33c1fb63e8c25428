import { Readable } from "node:stream";
import type { Clock } from "@banksman/kit";
import { consistencyProof, inclusionProof } from "@banksman/kit/merkle";
import type { AuditSeal } from "@banksman/wire/api";
import type pg from "pg";
import { problem } from "../../http/problem.ts";
import type { Anchoring } from "./anchors.ts";
import { bundleLines } from "./bundle.ts";
import { countRows, newestHead, rootOfRows } from "./reader.ts";
import type { Signer } from "./signer.ts";

type Parts = { pool: pg.Pool; signer: Signer; anchoring: Pick<Anchoring, "states">; clock: Clock };

export type ProofService = ReturnType<typeof proofService>;

/** What shows that the audit trail is whole. */
export const proofService = ({ pool, signer, anchoring, clock }: Parts) => {
  const rootOf = (from: number, to: number) => rootOfRows(pool, from, to);
  const signed = async (atLeast: number) => {
    const head = await newestHead(pool);
    if (!head || head.head.size < atLeast)
      throw problem(409, "NOT_SIGNED_YET", `row ${atLeast} is in no signed head yet; try again later`);
    return head;
  };
  const hex = (proof: readonly Buffer[]) => proof.map((hash) => hash.toString("hex"));

  return {
    seal: async (): Promise<AuditSeal> => {
      const [rows, head, anchors, { rows: rights }] = await Promise.all([
        countRows(pool),
        newestHead(pool),
        anchoring.states(),
        pool.query<{ may: boolean }>("select has_table_privilege('audit', 'update, delete, truncate') as may"),
      ]);
      return {
        rows,
        head: head && { size: head.head.size, root: head.head.root, at: head.head.at, key_id: head.head.key_id },
        is_protected: rights[0]?.may === false,
        trouble: signer.trouble(),
        anchors,
      };
    },
    bundle: async (): Promise<Readable> => {
      await signer.signAll();
      return Readable.from(bundleLines(pool, new Date(clock.now())));
    },
    inclusion: async (seq: number) => {
      const head = await signed(seq);
      return { signed: head, proof: hex(await inclusionProof(seq - 1, head.head.size, rootOf)) };
    },
    consistency: async (size: number) => {
      const head = await signed(size);
      return { signed: head, proof: hex(await consistencyProof(size, head.head.size, rootOf)) };
    },
  };
};
