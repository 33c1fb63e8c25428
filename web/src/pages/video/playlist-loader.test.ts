import assert from "node:assert/strict";
import { test } from "node:test";
import { discontinuityCounter } from "./playlist-loader.ts";

test("discontinuities are counted from where a stream was first read, whatever its camera counts from", () => {
  const counted = discontinuityCounter();
  const playlist = (number: number) => `#EXTM3U\n#EXT-X-DISCONTINUITY-SEQUENCE:${number}\n#EXTINF:2,\na.ts\n`;
  assert.equal(counted(playlist(89_797_499)), playlist(100));
  assert.equal(counted(playlist(89_797_501)), playlist(102));
  assert.equal(counted(playlist(89_797_498)), playlist(99));
  assert.equal(counted(playlist(3)), playlist(0), "a camera that began anew");
  assert.equal(discontinuityCounter()(playlist(3)), playlist(3));
  assert.equal(counted("#EXTM3U\n#EXTINF:2,\na.ts\n"), "#EXTM3U\n#EXTINF:2,\na.ts\n");
});
