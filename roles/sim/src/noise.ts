/**
 * Chance without state: every figure of a miner is a function of seed, miner, channel and time, so that two runs with
 * the same seed and clock give the same answers and 50,000 miners need no memory for their past.
 */
export type Noise = {
  /** A fixed figure in [0, 1) of this miner. */
  fixed: (channel: string) => number;
  /** A smooth walk within [-1, 1] that turns about every `periodMs`. */
  walk: (channel: string, nowMs: number, periodMs: number) => number;
  /** A figure in [0, 1) that changes at every full `periodMs`. */
  step: (channel: string, nowMs: number, periodMs: number) => number;
};

export function createNoise(seed: number, miner: number): Noise {
  const base = mix(mix(seed | 0) ^ (miner + 0x9e3779b9));
  const at = (channel: string, bucket: number) => mix(base ^ channelCode(channel) ^ mix(bucket | 0)) / 2 ** 32;
  return {
    fixed: (channel) => at(channel, 0),
    step: (channel, nowMs, periodMs) => at(channel, Math.floor(nowMs / periodMs)),
    walk: (channel, nowMs, periodMs) => {
      const position = nowMs / periodMs;
      const bucket = Math.floor(position);
      const along = position - bucket;
      const ease = along * along * (3 - 2 * along);
      const from = at(channel, bucket);
      return (from + (at(channel, bucket + 1) - from) * ease) * 2 - 1;
    },
  };
}

/** The finishing mix of MurmurHash3: every bit of the input moves every bit of the result. */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const codes = new Map<string, number>();

function channelCode(channel: string): number {
  let code = codes.get(channel);
  if (code === undefined) {
    code = 0;
    for (let i = 0; i < channel.length; i++) code = Math.imul(code, 31) + channel.charCodeAt(i);
    code = mix(code);
    codes.set(channel, code);
  }
  return code;
}
