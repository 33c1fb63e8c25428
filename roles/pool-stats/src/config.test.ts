import assert from "node:assert/strict";
import { test } from "node:test";
import { configOf } from "./config.ts";
import { parseLibconfig } from "./libconfig/libconfig.ts";

/** The sample of the document that describes the original, as it stands there. */
const SAMPLE = `
#指定kafka集群
kafka = {
  brokers = "1.1.1.1:9092,2.2.2.2:9092,3.3.3.3:9092";
};

statshttpd = {
  #指定IP和端口
  ip = "0.0.0.0";
  port = 8080;

  #间隔15s将workers data入库
  flush_db_interval = 15;
  #最近一次写库时间
  file_last_flush_time = "/work/xxx/statshttpd_lastflushtime.txt";
};


#指定数据库配置
pooldb = {
  host = "";
  port = 3306;
  username = "dbusername";
  password = "dbpassword";
  dbname = "";
};
`.replace("/work/xxx/", "/var/lib/");

const minimal = (more = "") => `
kafka = { brokers = "k:9092"; }
statshttpd = { ip = "127.0.0.1"; ${more} }
pooldb = { host = "db"; username = "u"; password = "p"; dbname = "d"; }
`;
const read = (more: string) => configOf(minimal(more), "a.cfg");

test("the sample cfg starts as it is", () => {
  const config = configOf(SAMPLE, "statshttpd.cfg");
  assert.deepEqual(config.kafka.brokers, ["1.1.1.1:9092", "2.2.2.2:9092", "3.3.3.3:9092"]);
  assert.deepEqual([config.kafka.shareTopic, config.kafka.eventsTopic], ["ShareLog", "CommonEvents"]);
  assert.deepEqual([config.http.ip, config.http.port, config.compat], ["0.0.0.0", 8080, "g2"]);
  assert.deepEqual([config.flush.intervalSeconds, config.flush.mode], [15, "tmp"]);
  assert.equal(config.flush.lastFlushFile, "/var/lib/statshttpd_lastflushtime.txt");
  assert.deepEqual(config.warnings, [
    'statshttpd.ip is "0.0.0.0": whoever reaches it can read; set http_token or http_allow to guard it',
  ]);
  assert.deepEqual(read('http_token = "x";').warnings, []);
});

test("what is absent has the original's default", () => {
  const config = read("");
  assert.equal(config.flush.intervalSeconds, 20);
  assert.equal(config.http.port, 8080);
  assert.equal(config.pooldb?.port, 3306);
  assert.deepEqual([config.acceptStale, config.updateWorkerName, config.singleUserPuid], [false, true, null]);
});

test("a value of the wrong type is ignored as in the original, and told", () => {
  const config = read('port = "9090"; accept_stale = 1;');
  assert.deepEqual([config.http.port, config.acceptStale], [8080, false]);
  assert.equal(config.warnings.length, 2);
  assert.match(
    config.warnings[0] ?? "",
    /a\.cfg:3:\d+: "statshttpd\.port" is a text, not a whole number: it is ignored, 8080 is used/,
  );
});

test("unknown keys are ignored", () => {
  assert.equal(read("whatever = (1, 2, { a = true; });").http.port, 8080);
});

test("what is missing or out of range is refused with its place", () => {
  assert.throws(() => configOf('kafka = { brokers = "k"; };', "a.cfg"), /a\.cfg: "statshttpd\.ip" is missing/);
  assert.throws(() => read("port = 70000;"), /a\.cfg:3:\d+: "statshttpd\.port" is 70000: must be from 0 to 65535/);
  assert.throws(() => read('compat = "g3";'), /must be one of "g2", "g4"/);
  assert.throws(() => configOf(minimal().replace('"k:9092"', "9092"), "a.cfg"), /must be a text in quotation marks/);
});

test("brokers have a port that can be, or Kafka's usual one", () => {
  const brokers = (text: string) => configOf(minimal().replace("k:9092", text), "a.cfg").kafka.brokers;
  assert.deepEqual(brokers("one, two:1234"), ["one:9092", "two:1234"]);
  for (const wrong of ["k:99999", "k:0", "k:", "k:port", "http://k:1", ":9092", "a b:1", "[::1]:9"])
    assert.throws(() => brokers(wrong), /a\.cfg:2:\d+: "kafka\.brokers" holds ".+": must be host:port/, wrong);
});

test("only networks and addresses may be let in", () => {
  assert.deepEqual(read('http_allow = ["10.0.0.0/8", "10.1.2.3", "fd00::/8"];').http.allow.length, 3);
  for (const wrong of ["10.0.0.0/99", "10.0.0.0/", "somewhere", "10.0.0/8", "10.0.0.0/8/8", "fd00::/129"])
    assert.throws(() => read(`http_allow = "${wrong}";`), /a\.cfg:3:\d+: "statshttpd\.http_allow" holds ".+"/, wrong);
});

test("without a database nothing of it is asked for", () => {
  const text = 'kafka = { brokers = "k"; }; statshttpd = { ip = "::1"; use_mysql = false; };';
  assert.equal(configOf(text, "a.cfg").pooldb, null);
});

const plain = (text: string): unknown => {
  type Node = ReturnType<typeof parseLibconfig> | { value: unknown };
  const strip = ({ value }: Node): unknown =>
    value instanceof Map
      ? Object.fromEntries([...value].map(([key, node]) => [key, strip(node)]))
      : Array.isArray(value)
        ? value.map(strip)
        : value;
  return strip(parseLibconfig(text, "t.cfg"));
};

test("the whole syntax is read", () => {
  const text = `
    // three kinds of comments
    # like this
    /* and
       this */
    a = 1, b : -2; c = 0x1F; d = 123456789012L; e = 1.5; f = -1e3; g = .5; h = TRUE; i = false
    text = "one \\"two\\"\\n\\x41" " and more"   # adjacent texts are one
           " still";
    group : { inner = { deep = 1; }; };
    list = ( 1, "two", ( 3.0 ), { four = 4; } );
    array = [ 1, 2, 3 ];
    empty = []; none = (); nothing = {};
    big = 0xFFFFFFFFFFFFFFFFL; pattern = 0xFFFFFFFF; name-with_signs* = 8;
  `;
  assert.deepEqual(plain(text), {
    a: 1,
    b: -2,
    c: 31,
    d: 123456789012,
    e: 1.5,
    f: -1000,
    g: 0.5,
    h: true,
    i: false,
    text: 'one "two"\nA and more still',
    group: { inner: { deep: 1 } },
    list: [1, "two", [3], { four: 4 }],
    array: [1, 2, 3],
    empty: [],
    none: [],
    nothing: {},
    big: 0xffff_ffff_ffff_ffffn,
    pattern: -1,
    "name-with_signs*": 8,
  });
});

for (const [text, error] of [
  ["a = 1;\nb = ;", /t\.cfg:2:5: expected a value, found ";"/],
  ["a = {\n  b = 1;\n", /t\.cfg:3:1: expected a name or }, found the end of the file/],
  ['a = "open\n', /t\.cfg:1:5: a text is opened with " and never closed/],
  ["a = 1;\n\n  a = 2;", /t\.cfg:3:3: "a" is set a second time/],
  ["a 1;", /t\.cfg:1:3: expected = after "a", found 1/],
  ["a = [1, 2.5];", /t\.cfg:1:9: all elements of an array are of one type/],
  ["a = [(1)];", /t\.cfg:1:6: an array holds only/],
  ["a = (1 2);", /t\.cfg:1:8: expected , or \), found 2/],
  ["a = yes;", /expected a value, found "yes"; a text needs quotation marks/],
  ['@include "other.cfg"', /t\.cfg:1:1: @include is not supported: put the settings into this file/],
  ["a = 1;\n/* never closed", /t\.cfg:2:1: a comment is opened/],
  ["a = 12x;", /t\.cfg:1:5/],
  [`a = ${"(".repeat(5_000)}`, /nested too deeply/],
] as const)
  test(`a mistake is told with its place: ${text.slice(0, 20).replaceAll("\n", "⏎")}`, () => {
    assert.throws(() => parseLibconfig(text, "t.cfg"), error);
  });
