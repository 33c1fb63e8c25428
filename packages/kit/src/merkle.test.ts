import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { consistencyProof, inclusionProof, isConsistent, isIncluded, MerkleTree } from "./merkle.ts";

/** The eight leaves and the roots over the first n of them that implementations of RFC 6962 and RFC 9162 share. */
const LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"].map(
  (hex) => Buffer.from(hex, "hex"),
);
const ROOTS = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

const treeOf = (leaves: readonly Uint8Array[]) => {
  const tree = new MerkleTree();
  for (const leaf of leaves) tree.append(leaf);
  return tree;
};
const rootOf = (leaves: readonly Uint8Array[]) => treeOf(leaves).root();
const rangesOf = (leaves: readonly Uint8Array[]) => async (from: number, to: number) => rootOf(leaves.slice(from, to));
const inclusion = (index: number, leaves: readonly Uint8Array[]) =>
  inclusionProof(index, leaves.length, rangesOf(leaves));
const consistency = (old: number, leaves: readonly Uint8Array[]) =>
  consistencyProof(old, leaves.length, rangesOf(leaves));

describe("a Merkle tree of RFC 9162", () => {
  test("has the known roots, leaf by leaf", () => {
    const tree = new MerkleTree();
    assert.equal(tree.root().toString("hex"), ROOTS[0]);
    for (const [index, leaf] of LEAVES.entries()) {
      tree.append(leaf);
      assert.equal(tree.root().toString("hex"), ROOTS[index + 1]);
    }
  });

  test("has the known proofs", async () => {
    const hex = (proof: readonly Buffer[]) => proof.map((hash) => hash.toString("hex").slice(0, 8));
    assert.deepEqual(hex(await inclusion(0, LEAVES)), ["96a296d2", "5f083f0a", "6b47aaf2"]);
    assert.deepEqual(hex(await inclusion(5, LEAVES)), ["bc1a0643", "ca854ea1", "d37ee418"]);
    assert.deepEqual(hex(await consistency(6, LEAVES)), ["0ebc5d34", "ca854ea1", "d37ee418"]);
    assert.deepEqual(hex(await consistency(1, LEAVES)), ["96a296d2", "5f083f0a", "6b47aaf2"]);
  });

  test("goes on from its full subtrees", () => {
    const half = treeOf(LEAVES.slice(0, 5));
    const tree = MerkleTree.of(half.size, half.roots);
    for (const leaf of LEAVES.slice(5)) tree.append(leaf);
    assert.equal(tree.root().toString("hex"), ROOTS[8]);
  });

  const leaves = fc.array(fc.uint8Array({ maxLength: 4 }), { minLength: 1, maxLength: 70 });

  test("property: each leaf is shown to be in, and nothing else is", async () => {
    await fc.assert(
      fc.asyncProperty(leaves, fc.nat(), fc.nat(), async (all, a, b) => {
        const [index, other] = [a % all.length, b % all.length];
        const proof = await inclusion(index, all);
        const root = rootOf(all);
        const leaf = all[index] ?? Buffer.alloc(0);
        assert.ok(isIncluded(leaf, index, all.length, proof, root));
        assert.ok(!isIncluded(Buffer.concat([leaf, Buffer.of(1)]), index, all.length, proof, root));
        if (other !== index && !Buffer.from(all[other] ?? []).equals(leaf))
          assert.ok(!isIncluded(all[other] ?? Buffer.alloc(0), index, all.length, proof, root));
        assert.ok(!isIncluded(leaf, index, all.length, [...proof, root], root));
      }),
    );
  });

  test("property: an older tree is shown to be the beginning, and a changed one is not", async () => {
    await fc.assert(
      fc.asyncProperty(leaves, fc.nat(), async (all, a) => {
        const size = 1 + (a % all.length);
        const proof = await consistency(size, all);
        const old = { size, root: rootOf(all.slice(0, size)) };
        const young = { size: all.length, root: rootOf(all) };
        assert.ok(isConsistent(old, young, proof));
        const changed = [...all.slice(0, size - 1), Buffer.from("changed")];
        assert.ok(!isConsistent({ size, root: rootOf(changed) }, young, proof));
      }),
    );
  });
});
