import assert from "node:assert/strict";
import { createCipheriv, randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { decrypted } from "./decrypt.ts";
import { parsePlaylist } from "./playlist.ts";

const KEY = randomBytes(16);
const readKey = async () => KEY;
const encrypt = (plain: Uint8Array, iv: Buffer): Buffer => {
  const cipher = createCipheriv("aes-128-cbc", KEY, iv);
  return Buffer.concat([cipher.update(plain), cipher.final()]);
};
const segmentsOf = (...lines: string[]) => {
  const found = parsePlaylist(["#EXTM3U", ...lines].join("\n"), "http://10.0.0.9/live/index.m3u8");
  assert.ok(found?.is === "media");
  return found.segments;
};

test("a part is opened by its IV, or by its number where the playlist tells none", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array(), fc.nat(), async (plain, sequence) => {
      const [numbered, told, clear] = segmentsOf(
        `#EXT-X-MEDIA-SEQUENCE:${sequence}`,
        '#EXT-X-KEY:METHOD=AES-128,URI="k"',
        "1.ts",
        '#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x0102',
        "2.ts",
        "#EXT-X-KEY:METHOD=NONE",
        "3.ts",
      );
      assert.equal(numbered?.encryption?.keyUrl, "http://10.0.0.9/live/k");
      const number = Buffer.alloc(16);
      number.writeUInt32BE(sequence, 12);
      assert.deepEqual(await decrypted(encrypt(plain, number), numbered.encryption, readKey), Buffer.from(plain));
      const iv = Buffer.from(`${"0".repeat(28)}0102`, "hex");
      assert.deepEqual(await decrypted(encrypt(plain, iv), told?.encryption ?? null, readKey), Buffer.from(plain));
      assert.equal(clear?.encryption, null);
    }),
  );
});

test("a part's number is one that can be counted on from, whatever the camera says", async () => {
  const first = (text: string) =>
    segmentsOf(`#EXT-X-MEDIA-SEQUENCE:${text}`, '#EXT-X-KEY:METHOD=AES-128,URI="k"', "1.ts")[0];
  assert.equal(first("9007199254000000")?.sequence, 9_007_199_254_000_000);
  for (const odd of ["18446744073709551616", "9007199254740991", "-5", "x", "9".repeat(400)]) {
    assert.equal(first(odd)?.sequence, 0, odd);
    assert.deepEqual(first(odd)?.encryption?.iv, Buffer.alloc(16), odd);
  }
});

test("what of AES-128 is missing is told: the address of its key, or a readable IV", async () => {
  const [keyless, ivless] = segmentsOf(
    "#EXT-X-KEY:METHOD=AES-128",
    "1.ts",
    '#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0xxyz',
    "2.ts",
  );
  const part = encrypt(Buffer.from("picture"), Buffer.alloc(16));
  await assert.rejects(decrypted(part, keyless?.encryption ?? null, readKey), /does not say where its key is/);
  await assert.rejects(decrypted(part, ivless?.encryption ?? null, readKey), /no IV that can be read/);
});

test("another method, a key of another length and a part of another key are told", async () => {
  const [sample, aes] = segmentsOf(
    '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="k"',
    "1.ts",
    '#EXT-X-KEY:METHOD=AES-128,URI="k"',
    "2.ts",
  );
  const part = encrypt(Buffer.from("picture"), Buffer.alloc(16));
  await assert.rejects(decrypted(part, sample?.encryption ?? null, readKey), /SAMPLE-AES/);
  await assert.rejects(
    decrypted(part, aes?.encryption ?? null, async () => Buffer.from("short")),
    /key/,
  );
  await assert.rejects(decrypted(part.subarray(1), aes?.encryption ?? null, readKey), { trouble: "not_video" });
});
