import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import fc from "fast-check";
import { md5Crypt } from "./md5-crypt.ts";
import { seal, tokenOf, unseal, v3Order } from "./whatsminer-crypto.ts";

describe("md5-crypt", () => {
  // `openssl passwd -1 -salt SALT PASSWORD` gives the same.
  for (const [password, salt, hash] of [
    ["0.s0.l33t", "deadbeef", "0Huu6KHrKLVWfqa4WljDE0"],
    ["wibble", "NaCl", "xdhxXxtV42/rvGFe//aQu/"],
    ["Hello world!", "saltsalt", "le8lFSqqnPaRFOlmAZpvH1"],
    ["abc", "salt", "Ix0K7gMcCieLMZGthf6yT1"],
    ["", "salt", "UsdFqFVB.FsuinRDK5eE.."],
    ["admin", "BQ5hoXV9", "RxmaDUO33TS7O26yeMHZ81"],
  ] as const) {
    test(`of "${password}" with "${salt}"`, () => assert.equal(md5Crypt(password, salt), hash));
  }
});

describe("WhatsMiner API 2", () => {
  const seed = { time: "5626", salt: "BQ5hoXV9", newsalt: "jbzkfQls" };

  /** An exchange with an M31S of 2020, as a public test has it: get_token's answer, orders and their answer. */
  const known = {
    seed: { time: "6915", salt: "BQ5hoXV9", newsalt: "a5TtWui2" },
    password: "my-auth-password",
    secret: "WssMFDgz6KlzbAfbu9Jph/",
    sign: ".8Wiv910uBxIJcqnY6BFC.",
    orders: [
      [
        '{"cmd":"reboot","token":".8Wiv910uBxIJcqnY6BFC."}',
        "MJV7XUNNUwcdojW1WvDrguoJ4Jd05ZIMAiOINboOTESntZQKCfEufFWD85OlIohvGB1cSXiCejkvXuMl3bS0Jw==",
      ],
      [
        '{"cmd":"set_led","param":"auto","token":".8Wiv910uBxIJcqnY6BFC."}',
        "nMLVzjQG7hjSD+d5hwvYSn3H8OZ9zAvPCvBRa9yjzQTqCeCXdOWSDAIjiDW6DkxEp7WUCgnxLnxVg/OTpSKIbxgdXEl4gno5L17jJd20tCc=",
      ],
    ],
    answer: [
      "99J8w83zIqB3/n9c5GlK0Ms8rMLrtR4I9L3mL3ihmpoy4J0v+AHcKtijbyE92q22MIKC6VKEUcYL2KQS50euQWMqSBlxCPx8YYy4oRkOE4C7kjyvgs9rRMH/mhiVH9k+",
      '{"STATUS":"S","When":1608417125,"Code":131,"Msg":"","Description":"whatsminer v1.1"}',
    ],
  } as const;

  test("a real exchange: the same secret, signature, orders and answer, byte for byte", () => {
    assert.equal(md5Crypt(known.password, known.seed.salt), known.secret);
    const { key, sign } = tokenOf(known.seed, known.password);
    assert.equal(sign, known.sign);
    for (const [order, sealed] of known.orders) assert.equal(seal(key, order), sealed);
    assert.equal(unseal(key, known.answer[0]), known.answer[1]);
  });

  test("signs and makes its key as openssl does", () => {
    const { key, sign } = tokenOf(seed, "admin");
    assert.equal(md5Crypt("RxmaDUO33TS7O26yeMHZ815626", "jbzkfQls"), sign);
    assert.equal(key.toString("hex"), createHash("sha256").update("RxmaDUO33TS7O26yeMHZ81").digest("hex"));
  });

  test("property: what is sealed is unsealed, in whole blocks without line breaks", () => {
    const key = tokenOf(seed, "admin").key;
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", minLength: 1, maxLength: 300 }).filter((text) => !text.includes("\0")),
        (text) => {
          const sealed = seal(key, text);
          assert.doesNotMatch(sealed, /\s/);
          assert.equal(Buffer.from(sealed, "base64").length % 16, 0);
          assert.equal(unseal(key, sealed), text);
        },
      ),
    );
  });

  test("what is no sealed text is told, not thrown", () => {
    const key = tokenOf(seed, "admin").key;
    for (const text of ["", "AAAA", "not base64 at all"]) assert.equal(unseal(key, text), null);
  });
});

describe("WhatsMiner API 3", () => {
  const signing = {
    cmd: "set.system.reboot",
    account: "super",
    password: "super",
    salt: "BQ5hoXV9",
    seconds: 1_766_168_299,
  };
  const hash = createHash("sha256").update("set.system.rebootsuperBQ5hoXV91766168299").digest();

  test("signs with the first 8 characters of the hash of command, password, salt and time", () => {
    assert.deepEqual(v3Order(signing, undefined, false), {
      cmd: "set.system.reboot",
      ts: 1_766_168_299,
      token: hash.toString("base64").slice(0, 8),
      account: "super",
    });
  });

  test("seals a parameter with that hash", () => {
    const pools = [{ pool: "stratum+tcp://a:1", worker: "w", passwd: "x" }];
    const { param } = v3Order(signing, pools, true);
    assert.equal(typeof param, "string");
    assert.deepEqual(JSON.parse(unseal(hash, String(param)) ?? ""), pools);
  });
});
