import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type DecodeRules, decodeShare, REFUSALS } from "./decode.ts";
import { ipText, setIp } from "./ip.ts";
import { Share } from "./share.ts";
import { STATUS } from "./status.ts";

const G2: DecodeRules = { compat: "g2", singleUserPuid: null };
const G4: DecodeRules = { compat: "g4", singleUserPuid: null };

const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(/\s/g, ""), "hex");

/** Recorded messages: a 48-byte struct, an 80-byte one with its checksum, a protobuf one behind its header. */
const STRUCT1 = bytesOf(
  "3c2b1a008a3bb16a050000000000000001020304090000006400000000000000a83bb16a5ca315170100000000000000",
);
const STRUCT2 = bytesOf(
  "03000100d7c9cc5b05000000000000000900000087962c6ba83bb16a00000000000000000000000000000000010203043c2b1a008a3bb16a64000000000000005ca3151710eb09000000000000000000",
);
const PROTOBUF = bytesOf(
  "0400010008888008100a1812208edae4b20d28d0ee89ab0d3207312e322e332e3438bcd6e880a0f1ced86a406448dcc6d6b8015090d627580060006800",
);

function decode(bytes: Uint8Array, rules: DecodeRules = G4) {
  const share = new Share();
  return { refusal: decodeShare(bytes, share, rules), share };
}

for (const [name, bytes] of Object.entries({ STRUCT1, STRUCT2, PROTOBUF }))
  for (const rules of [G2, G4])
    test(`the same share is read from ${name} in ${rules.compat}`, () => {
      const { refusal, share } = decode(bytes, rules);
      assert.equal(refusal, null);
      const { userId, workerHi, workerLo, difficultyHi, difficultyLo, time, status, bits } = share;
      assert.deepEqual(
        { userId, workerHi, workerLo, difficultyHi, difficultyLo, time, status, bits },
        {
          userId: 9,
          workerHi: 0,
          workerLo: 5,
          difficultyHi: 0,
          difficultyLo: 100,
          time: 1_790_000_040,
          status: STATUS.accept,
          bits: 0x1715a35c,
        },
      );
      assert.equal(ipText(share.ip0, share.ip1, share.ip2, share.ip3), "1.2.3.4");
    });

test("each fault has its own reason", () => {
  const with1 = (at: number, value: number) => {
    const bytes = Buffer.from(STRUCT1);
    bytes.writeInt32LE(value, at);
    return bytes;
  };
  const refusals: [string, Uint8Array, DecodeRules][] = [
    ["empty", new Uint8Array(0), G4],
    ["too_short", new Uint8Array(3), G2],
    ["unknown_layout", new Uint8Array(47), G2],
    ["unknown_layout", new Uint8Array(81), G4],
    ["bad_checksum", Buffer.concat([STRUCT2.subarray(0, 4), Buffer.from([1, 2, 3, 4]), STRUCT2.subarray(8)]), G4],
    ["bad_protobuf", PROTOBUF.subarray(0, PROTOBUF.length - 1), G4],
    ["bad_protobuf", bytesOf("04000100"), G4],
    ["wrong_version", bytesOf("04000100 0886 8008".replace("0886 8008", "08868008")), G4],
    ["no_user", with1(20, 0), G2],
    ["no_user", with1(20, -5), G2],
    ["no_worker", with1(8, 0), G4],
    ["no_difficulty", with1(24, 0), G4],
    ["no_bits", with1(36, 0), G4],
    ["implausible_time", with1(32, 1_467_816_952), G2],
    ["implausible_time", with1(4, 1_467_816_952), G2],
  ];
  for (const [reason, bytes, rules] of refusals)
    assert.equal(decode(bytes, rules).refusal, reason, `${reason} ${bytes.length}`);
});

test("a negative user counts in g4 and not in g2; no bits count in g2 and not in g4", () => {
  const negative = Buffer.from(STRUCT1);
  negative.writeInt32LE(-5, 20);
  assert.deepEqual([decode(negative, G4).refusal, decode(negative, G2).refusal], [null, "no_user"]);
  const noBits = Buffer.from(STRUCT1);
  noBits.writeInt32LE(0, 36);
  assert.deepEqual([decode(noBits, G4).refusal, decode(noBits, G2).refusal], ["no_bits", null]);
});

test("a struct whose job looks like protobuf's header is read as that in g4 alone", () => {
  const bytes = Buffer.from(STRUCT1);
  bytes.writeUInt32LE(0x00010004, 0);
  assert.deepEqual([decode(bytes, G4).refusal, decode(bytes, G2).refusal], ["bad_protobuf", null]);
});

test("shares made since 2020 count, in the oldest layout too", () => {
  assert.equal(decode(STRUCT1, G2).refusal, null);
});

test("in single-user mode a share counts for its sub-account, and others' shares not at all", () => {
  const rules: DecodeRules = { compat: "g4", singleUserPuid: 9 };
  const withSub = Buffer.concat([PROTOBUF, bytesOf("709a01")]);
  const { refusal, share } = decode(withSub, rules);
  assert.deepEqual([refusal, share.userId], [null, 77]);
  assert.equal(decode(PROTOBUF, rules).refusal, "other_user");
  assert.equal(decode(withSub, { compat: "g4", singleUserPuid: 10 }).refusal, "other_user");
});

test("unknown fields are skipped, groups and all; the last of two equal fields counts", () => {
  const unknown = bytesOf("80 7d 05  82 7d 03 61 62 63  81 7d 0102030405060708  85 7d 01020304  83 7d 08 01 84 7d");
  const again = bytesOf("40 c8 01");
  const { refusal, share } = decode(Buffer.concat([PROTOBUF, unknown, again]));
  assert.deepEqual([refusal, share.difficultyLo], [null, 200]);
});

test("64-bit numbers of protobuf keep every bit", () => {
  const varint = (value: bigint) => {
    const bytes: number[] = [];
    for (let rest = BigInt.asUintN(64, value); ; rest >>= 7n) {
      if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
      bytes.push(Number(rest & 127n) | 128);
    }
  };
  const zigzag = (value: bigint) => BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
      fc.bigInt({ min: 1n, max: (1n << 64n) - 1n }),
      (id, difficulty) => {
        const bytes = Buffer.concat([PROTOBUF, bytesOf("10"), varint(zigzag(id)), bytesOf("40"), varint(difficulty)]);
        const { share } = decode(bytes);
        const wide = (hi: number, lo: number) => (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
        assert.equal(BigInt.asIntN(64, wide(share.workerHi, share.workerLo)), id);
        assert.equal(wide(share.difficultyHi, share.difficultyLo), difficulty);
      },
    ),
  );
});

test("garbage of any length is refused or read, and never breaks anything", () => {
  const headed = fc.tuple(fc.constantFrom("", "04000100", "03000100"), fc.uint8Array({ maxLength: 120 }));
  fc.assert(
    fc.property(headed, ([header, rest]) => {
      const { refusal } = decode(Buffer.concat([bytesOf(header), rest]));
      assert.ok(refusal === null || REFUSALS.includes(refusal));
    }),
    { numRuns: 2_000 },
  );
});

test("ten megabytes are refused as fast as a few bytes", () => {
  const huge = Buffer.alloc(10 * 1024 * 1024, 0xff);
  PROTOBUF.copy(huge, 0, 0, 4);
  const began = performance.now();
  assert.equal(decode(huge).refusal, "bad_protobuf");
  assert.equal(decode(Buffer.alloc(10 * 1024 * 1024)).refusal, "unknown_layout");
  assert.ok(performance.now() - began < 100);
});

test("an address is shown as it was written, in the shortest form", () => {
  const cases: [string, string][] = [
    ["10.0.0.1", "10.0.0.1"],
    ["255.255.255.255", "255.255.255.255"],
    ["2001:db8::1", "2001:db8::1"],
    ["2001:0DB8:85a3:0:0:8a2e:0370:7334", "2001:db8:85a3::8a2e:370:7334"],
    ["fe80::1%eth0", "fe80::1"],
    ["::ffff:1.2.3.4", "1.2.3.4"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["64:ff9b::1.2.3.4", "64:ff9b::102:304"],
  ];
  for (const [text, shown] of cases) {
    const share = new Share();
    assert.ok(setIp(share, text), text);
    assert.equal(ipText(share.ip0, share.ip1, share.ip2, share.ip3), shown);
  }
  for (const text of ["", "garbage", "1.2.3", "1.2.3.256", "01.2.3.4", "1::2::3"])
    assert.equal(setIp(new Share(), text), false, text);
});
