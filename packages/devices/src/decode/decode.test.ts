import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CodedError } from "@banksman/kit";
import fc from "fast-check";
import { captures } from "../test/captures.ts";
import { decode } from "./decode.ts";
import { isTextMode, parseTextMode } from "./text-mode.ts";
import { repairJson } from "./tolerant-json.ts";

/** Every answer of every case, as text with the command it answers. */
const recorded = captures().flatMap(({ recorded: { answers, v3 } }) =>
  [...answers, ...v3].map(([command, bytes]) => ({ command, text: bytes.toString("utf8") })),
);

describe("repairJson", () => {
  const cases: [name: string, text: string, value: unknown, repairs: string[]][] = [
    ["a missing comma", '{"a":[{"b":1}{"c":2}]}', { a: [{ b: 1 }, { c: 2 }] }, ["missing_comma"]],
    ["a missing comma between members", '{"a":"""temp0":4}', { a: "", temp0: 4 }, ["missing_comma"]],
    ["a comma after [", '{"a":[,{"b":1}]}', { a: [{ b: 1 }] }, ["extra_comma"]],
    ["a comma before }", '{"a":1,}', { a: 1 }, ["extra_comma"]],
    ["nan", '{"a":nan,"b":-inf,"c":1}', { a: null, b: null, c: 1 }, ["not_a_number"]],
    ["a bare word", '{"a":unknown,"b":1}', { a: null, b: 1 }, ["bare_word"]],
    ["an illegal escape", `{"a":"\\'x\\'"}`, { a: "'x'" }, ["illegal_escape"]],
    ["another illegal escape keeps its backslash", '{"a":"C:\\data"}', { a: "C:\\data" }, ["illegal_escape"]],
    ["a raw line feed", '{"a":"x\ny"}', { a: "x\ny" }, ["control_character"]],
    ["bytes behind", '{"a":1}"}', { a: 1 }, ["trailing_bytes"]],
    ["a second object", '{"a":1}{"a":2,"b":3}', { a: 1, b: 3 }, ["second_object"]],
    ["a list with names", '{"e":["110":"t"]}', { e: [{ 110: "t" }] }, ["list_as_map"]],
    ["a missing brace", ',"id":1}', { id: 1 }, ["missing_brace"]],
    ["a cut in a member", '{"a":1,"b":{"c":2,"d":[3,4', { a: 1, b: { c: 2, d: [3] } }, ["truncated"]],
    ["a cut in a text", '{"a":1,"b":"hal', { a: 1 }, ["truncated"]],
    ["a cut in a figure: 12 may have been 1234", '{"a":1,"b":12', { a: 1 }, ["truncated"]],
  ];
  for (const [name, text, value, repairs] of cases) {
    test(name, () => {
      const repaired = repairJson(text);
      assert.deepEqual(repaired?.value, value);
      assert.deepEqual([...(repaired?.repairs ?? [])], repairs);
    });
  }

  test("gives up on what has no shape", () => {
    for (const text of ["", "x", "{]", '{"a"1}', "[[[[".repeat(100), "nan"]) assert.equal(repairJson(text), null, text);
  });

  test("property: valid JSON is read as JSON.parse reads it, without a repair", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        const value: unknown = JSON.parse(text);
        if (typeof value !== "object" || value === null) return;
        const repaired = repairJson(text);
        assert.deepEqual(repaired?.value, value);
        assert.equal(repaired?.repairs.size, 0);
      }),
    );
  });

  test("property: no repair of structure touches the inside of a string", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }), { minLength: 2, maxLength: 6 }), (texts) => {
        const damaged = `{"list":[${texts.map((text) => JSON.stringify({ text })).join("")}],"n":nan,}`;
        assert.deepEqual(repairJson(damaged)?.value, { list: texts.map((text) => ({ text })), n: null });
      }),
    );
  });

  test("property: a cut at any place keeps only whole values", () => {
    const whole = { a: [{ b: "x,y", c: 12.5 }, { d: null }], e: { f: "}{" } };
    const text = JSON.stringify(whole);
    for (let end = 1; end < text.length; end++) {
      const value = repairJson(text.slice(0, end))?.value;
      if (value !== undefined) assert.ok(isPart(value, whole), `${text.slice(0, end)} gave ${JSON.stringify(value)}`);
    }
  });
});

/** True when every value of `part` is in `whole` at the same place. */
function isPart(part: unknown, whole: unknown): boolean {
  if (typeof part !== "object" || part === null) return part === whole;
  if (typeof whole !== "object" || whole === null) return false;
  const inside = new Map(Object.entries(whole));
  return Object.entries(part).every(([key, value]) => isPart(value, inside.get(key)));
}

describe("text mode", () => {
  test("is told from JSON and from other protocols", () => {
    assert.ok(isTextMode("STATUS=S,When=1,Code=11|SUMMARY,Elapsed=5|"));
    assert.ok(isTextMode("SUMMARY,Elapsed=5,MHS av=1.0"));
    for (const other of ["SSH-2.0-dropbear", "HTTP/1.1 200 OK", "<html>a=b</html>", "hello"])
      assert.ok(!isTextMode(other));
  });

  test("splits outside of brackets, keeps commas and equals signs of values", () => {
    const text =
      "STATUS=S,Code=70,Msg=CGMiner stats|STATS=0,MM ID0=A[x, y=1|2] B[3],MM Count=1|POOL=0,URL=stratum+tcp://h:1/?a=b,User=me,too,Accepted=4|";
    const reply = parseTextMode(text, "stats").get("stats");
    assert.deepEqual(reply?.STATS, [{ STATS: "0", "MM ID0": "A[x, y=1|2] B[3]", "MM Count": "1" }]);
    assert.deepEqual(reply?.POOLS, [{ POOL: "0", URL: "stratum+tcp://h:1/?a=b", User: "me,too", Accepted: "4" }]);
  });

  test("a stray bracket does not swallow the rest", () => {
    const reply = parseTextMode("STATUS=S,Code=7|POOL=0,User=a[b,Accepted=4|POOL=1,User=c|", "pools").get("pools");
    assert.equal(reply?.POOLS?.length, 2);
  });

  test("joined answers name their command", () => {
    const { replies } = decode(
      "CMD=summary|STATUS=S,Code=11|SUMMARY,Elapsed=5|CMD=pools|STATUS=E,Code=8,Msg=No pools|",
      ["summary", "pools"],
    );
    assert.equal(replies.get("summary")?.ok, true);
    assert.equal(replies.get("pools")?.ok, false);
  });
});

describe("decode", () => {
  const asked = ["summary", "stats"];
  const joined =
    '{"stats":[{"STATUS":[{"STATUS":"S"}],"STATS":[]}],"summary":[{"STATUS":[{"STATUS":"S"}],"SUMMARY":[]}],"id":1}';

  test("finds joined members by name", () => {
    assert.deepEqual([...decode(joined, asked).replies.keys()].sort(), ["stats", "summary"]);
  });

  test("asks again for the member that a cut went through", () => {
    const { replies } = decode(joined.slice(0, -20), asked);
    assert.deepEqual([...replies.keys()], ["stats"]);
  });

  test("a refusal or a plain reply to a join means: one by one", () => {
    const refusal = '{"STATUS":[{"STATUS":"E","When":1,"Code":14,"Msg":"Invalid command"}],"id":1}';
    assert.equal(decode(refusal, asked).joinRefused, true);
    assert.equal(
      decode('{"STATUS":[{"STATUS":"S","Code":11}],"SUMMARY":[{"Elapsed":1}],"id":1}', asked).joinRefused,
      true,
    );
  });

  test("says whether it was no miner, an API of another kind, or a broken answer", () => {
    const code = (text: string) => {
      try {
        decode(text, ["summary"]);
        return "read";
      } catch (error) {
        return error instanceof CodedError ? error.code : error;
      }
    };
    assert.equal(code("HTTP/1.1 400 Bad Request\r\n"), "DEVICE_NOT_A_MINER");
    assert.equal(code("SSH-2.0-OpenSSH_9.2"), "DEVICE_NOT_A_MINER");
    assert.equal(code("<html></html>"), "DEVICE_NOT_A_MINER");
    assert.equal(code("Socket connect failed: Connection refused\n"), "DEVICE_BAD_ANSWER");
    assert.equal(code('{"STATUS":]'), "DEVICE_BAD_ANSWER");
    assert.equal(code('{"hostname":"bitaxe","power":15}'), "DEVICE_UNSUPPORTED");
  });

  test("property: whatever comes is read or refused with a coded error, in time that grows with its length", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => readsOrRefuses(text, "stats")));
    for (const run of ["{", "[", '{"a":', "STATUS=[", "MM ID0=[", "\\", '"', "nan,", "1-", "a b "]) {
      const start = performance.now();
      readsOrRefuses(`{"STATUS":[${run.repeat(40_000)}`, "stats");
      readsOrRefuses(`STATUS=S|${run.repeat(40_000)}`, "stats");
      assert.ok(performance.now() - start < 1_500, run);
    }
  });

  test("property: recorded answers, damaged at random, are read or refused with a coded error", () => {
    const damage = fc.record({
      at: fc.nat(),
      cut: fc.nat({ max: 40 }),
      put: fc.oneof(
        fc.constantFrom("", ",", "}", "{", "[", "]", '"', ":", "\0", "nan", "\\'"),
        fc.string({ maxLength: 4 }),
      ),
    });
    fc.assert(
      fc.property(fc.nat(), fc.array(damage, { minLength: 1, maxLength: 4 }), (which, blows) => {
        const { command, text } = recorded[which % recorded.length] ?? { command: "stats", text: "" };
        let damaged = text;
        for (const { at, cut, put } of blows) {
          const place = at % (damaged.length + 1);
          damaged = damaged.slice(0, place) + put + damaged.slice(place + cut);
        }
        readsOrRefuses(damaged, command);
      }),
      { numRuns: 500 },
    );
  });
});

function readsOrRefuses(text: string, command: string): void {
  try {
    decode(text, [command]);
    decode(text, [command, "pools"]);
  } catch (error) {
    assert.ok(error instanceof CodedError, `threw ${String(error)}`);
  }
}
