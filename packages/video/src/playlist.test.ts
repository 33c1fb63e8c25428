import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { attributesOf, type PlaylistRole, parsePlaylist, rewritePlaylist } from "./playlist.ts";

const AT = "http://10.1.2.3:8080/live/cam/index.m3u8?token=abc";

/** Rewrites with names that tell what was asked. */
function rewrite(text: string, at = AT) {
  const asked: { url: string; role: PlaylistRole }[] = [];
  const out = rewritePlaylist(text, at, (url, role) => {
    asked.push({ url, role });
    return `n${asked.length}`;
  });
  return { out, asked };
}

describe("a rewritten playlist", () => {
  test("names variants, renditions and I-frame lists as playlists", () => {
    const { out, asked } = rewrite(
      [
        "#EXTM3U",
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en",URI="audio/en.m3u8"',
        '#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360,CODECS="avc1.4d401e",AUDIO="a"',
        "../low.m3u8",
        "#EXT-X-STREAM-INF:BANDWIDTH=3000000",
        "http://10.1.2.3:8080/high.m3u8",
        '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=90000,URI="iframes.m3u8"',
      ].join("\r\n"),
    );
    assert.deepEqual(asked, [
      { url: "http://10.1.2.3:8080/live/cam/audio/en.m3u8", role: "playlist" },
      { url: "http://10.1.2.3:8080/live/low.m3u8", role: "playlist" },
      { url: "http://10.1.2.3:8080/high.m3u8", role: "playlist" },
      { url: "http://10.1.2.3:8080/live/cam/iframes.m3u8", role: "playlist" },
    ]);
    assert.equal(
      out,
      [
        "#EXTM3U",
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en",URI="n1"',
        '#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360,CODECS="avc1.4d401e",AUDIO="a"',
        "n2",
        "#EXT-X-STREAM-INF:BANDWIDTH=3000000",
        "n3",
        '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=90000,URI="n4"',
        "",
      ].join("\n"),
    );
  });

  test("names keys, heads, parts and hints, and keeps byte ranges", () => {
    const { out, asked } = rewrite(
      [
        "#EXTM3U",
        "#EXT-X-TARGETDURATION:4",
        "#EXT-X-MEDIA-SEQUENCE:7",
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.0",
        '#EXT-X-KEY:METHOD=AES-128,URI="https://10.1.2.3/key?id=1",IV=0x0102',
        '#EXT-X-MAP:URI="init.mp4",BYTERANGE="720@0"',
        "#EXTINF:4.0,a title with http://10.1.2.3/ in it",
        "#EXT-X-BYTERANGE:1000@720",
        "all.mp4",
        '#EXT-X-PART:DURATION=0.5,URI="p1.mp4",INDEPENDENT=YES',
        '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="p2.mp4"',
        '#EXT-X-RENDITION-REPORT:URI="../low.m3u8",LAST-MSN=7',
      ].join("\n"),
    );
    assert.deepEqual(
      asked.map(({ role }) => role),
      ["key", "part", "part", "part", "part", "playlist"],
    );
    assert.equal(
      out,
      [
        "#EXTM3U",
        "#EXT-X-TARGETDURATION:4",
        "#EXT-X-MEDIA-SEQUENCE:7",
        "#EXT-X-SERVER-CONTROL:PART-HOLD-BACK=1.0",
        '#EXT-X-KEY:METHOD=AES-128,IV=0x0102,URI="n1"',
        '#EXT-X-MAP:BYTERANGE="720@0",URI="n2"',
        "#EXTINF:4,",
        "#EXT-X-BYTERANGE:1000@720",
        "n3",
        '#EXT-X-PART:DURATION=0.5,INDEPENDENT=YES,URI="n4"',
        '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="n5"',
        '#EXT-X-RENDITION-REPORT:LAST-MSN=7,URI="n6"',
        "",
      ].join("\n"),
    );
  });

  test("fills variables in, also those that a main playlist defined", () => {
    const main = parsePlaylist(
      '#EXTM3U\n#EXT-X-DEFINE:NAME="host",VALUE="10.9.9.9"\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8',
      AT,
    );
    assert.ok(main?.is === "master");
    const text = [
      "#EXTM3U",
      '#EXT-X-DEFINE:IMPORT="host"',
      '#EXT-X-DEFINE:QUERYPARAM="token"',
      "#EXTINF:2,",
      "http://{$host}/s.ts?t={$token}",
    ].join("\n");
    const asked: string[] = [];
    rewritePlaylist(text, AT, (url) => `n${asked.push(url)}`, main.defined);
    assert.deepEqual(asked, ["http://10.9.9.9/s.ts?t=abc"]);
  });

  test("leaves out a segment that must not be reached with what belongs to it", () => {
    const text =
      "#EXTM3U\n#EXTINF:2,\na.ts\n#EXTINF:2,\n#EXT-X-BYTERANGE:1@2\nhttp://169.254.169.254/x\n#EXTINF:2,\nc.ts";
    const out = rewritePlaylist(text, AT, (url) => (url.includes("169.254") ? null : "ok.ts"));
    assert.equal(out, "#EXTM3U\n#EXTINF:2,\nok.ts\n#EXTINF:2,\nok.ts\n");
  });

  test("is none where the text is none", () => {
    for (const text of ["", "<html></html>", "#EXTINF:2,\na.ts", "#EXTM3Unot"]) assert.equal(rewrite(text).out, null);
  });
});

test("a byte range without an offset goes on where the one before it ended", () => {
  const text =
    "#EXTM3U\n#EXTINF:2,\n#EXT-X-BYTERANGE:100@20\na.mp4\n#EXTINF:2,\n#EXT-X-BYTERANGE:50\na.mp4\n#EXTINF:2,\n#EXT-X-BYTERANGE:7\nb.mp4";
  const found = parsePlaylist(text, AT);
  assert.ok(found?.is === "media");
  assert.deepEqual(
    found.segments.map(({ byteRange }) => byteRange),
    ["100@20", "50@120", "7@0"],
  );
});

/** Lines as cameras, broken cameras and attackers write them. */
const address = fc.oneof(
  fc.constantFrom("a.ts", "../b.ts", "//10.7.7.7/c.ts", "http://10.8.8.8:81/d.ts", "file:///etc/passwd", "{$v}/e.ts"),
  fc.webUrl(),
  fc.string({ maxLength: 20 }),
);
const line = fc.oneof(
  address,
  fc
    .tuple(
      fc.constantFrom("KEY", "MAP", "PART", "MEDIA", "SESSION-DATA", "DATERANGE", "CONTENT-STEERING", "X"),
      address,
    )
    .map(([tag, uri]) => `#EXT-X-${tag}:A=1,URI="${uri}",X-ASSET-URI="${uri}",SERVER-URI="${uri}"`),
  address.map((text) => `#EXTINF:2,${text}`),
  address.map((text) => `# ${text}`),
  address.map((text) => `#EXT-X-STREAM-INF:BANDWIDTH=1,NAME="http://10.6.6.6/${text}"`),
  fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }).map((number) => `#EXT-X-MEDIA-SEQUENCE:${number}`),
  fc.constantFrom('#EXT-X-KEY:METHOD=AES-128,URI="k"', "a.ts"),
  fc.constantFrom("#EXT-X-DISCONTINUITY", "#EXT-X-ENDLIST", '#EXT-X-DEFINE:NAME="v",VALUE="http://10.5.5.5"'),
);

test("whatever a camera writes, no address of it is left", () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
      const out = rewritePlaylist(["#EXTM3U", ...lines].join("\n"), AT, () => "name.bin") ?? "";
      for (const written of out.split("\n")) {
        assert.doesNotMatch(written, /:\/\/|\/\/|\{\$|10\.\d\.\d\.\d/);
        if (written !== "" && !written.startsWith("#")) assert.equal(written, "name.bin");
        const uri = attributesOf(written).get("URI");
        if (uri !== undefined) assert.equal(uri, "name.bin");
      }
    }),
    { numRuns: 1_000 },
  );
});

test("reading never throws, and what it finds is what rewriting names", () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
      const text = ["#EXTM3U", ...lines].join("\n");
      const found = parsePlaylist(text, AT);
      assert.ok(found);
      const named = new Set<string>();
      rewritePlaylist(text, AT, (url) => `n${named.add(url).size}`);
      const urls = found.is === "media" ? found.segments.map(({ url }) => url) : found.variants.map(({ url }) => url);
      for (const url of urls) assert.ok(named.has(url), url);
    }),
    { numRuns: 500 },
  );
});
