import { EXIT_USAGE } from "@banksman/kit";
import { parseFlags } from "./parse-flags.ts";
import type { Subcommand } from "./subcommand.ts";

const help = `
usage: banksman sim miners [options]
       banksman sim shares --brokers HOST:PORT [options]
       banksman sim exchanges [options]
       banksman sim services [options]
       banksman sim pool [options]
       banksman sim cooling [options]
       banksman sim cameras [options]

miners: simulated miners on real sockets of this machine's own network (127.0.0.0/8). They answer as captured
devices did, with figures that drift: hashrates vary, counters grow, some miner sleeps, restarts or
loses a board. They take orders (banksman miner) with the factory's logins. The same seed gives the same site.

  --count N             how many (60)
  --from 127.x.y.z      address of the first one; the others follow (127.10.0.1)
  --port P              API port (4028)
  --web-port P          port of the web servers of those that have one (none; 80 as on the real ones needs root)
  --v3-port P           port of those that speak WhatsMiner's API 3 (4433)
  --latency MS[-MS]     time to answer, fixed or drawn from a span (0)
  --fault KIND=SHARE    what goes wrong, for that share of the miners; may be repeated. KIND is refuse,
                        hang, reset, drip, malformed, truncate, not_a_miner or wrong_model, or what only
                        shows when something is ordered: order_hang, order_busy, order_ignored,
                        order_error, order_denied, order_stale_token; SHARE such as 0.05 or 5%
  --seed N              seed of all chance (1)
  --models a,b          only these models, such as s19pro,s21,m60s,a1246 (all)
  --joins HOW           joined commands: real (as each firmware does), accept, refuse (real)
  --one-listener        one wildcard socket for all of them, for tens of thousands
  --frozen              answers rendered once for each model: for measuring a reader
  --ops-port P          serve /health, /ready and /metrics on this port; 0 takes a free one

shares: a pool's share log and events, written to Kafka. What was sent is printed as JSON at the end.

  --brokers HOST:PORT   brokers, comma-separated
  --topic T             topic of the shares (ShareLog); --events-topic T that of the events (CommonEvents)
  --workers N           how many workers (1000); --users N how many users they belong to (a hundredth)
  --rate N[/s]          shares a second (1000)
  --partitions N        spread over so many partitions (all that the topic has); a missing topic is made
  --keyed               a worker's shares always go to the same partition
  --format F            v1, v2, v3 or mixed (v1)
  --rejects PART        of all shares, the part that the pool rejected (1%)
  --defects KIND=PART   what is wrong with that part of them; may be repeated. KIND is bad_checksum,
                        wrong_length, garbage, late, future, negative_user or duplicate
  --no-events           no events
  --back MINUTES        first write the log of so many minutes at once, dated back
  --for S, --count N    end after so many seconds, or so many shares
  --seed N              seed of all chance (1)

exchanges: MEXC, Gate.io, Binance and Bybit, spot and perpetuals, each with its WebSocket and REST API on
a port of its own. POST /control/faults plants a failure, GET /control/book shows the true book.

  --only a,b            only these, such as mexc,binance_perpetual (all eight)
  --host H, --port P    address and first port (127.0.0.1, 18100); 0 takes free ones
  --pairs A-B,C-D       markets (BTC-USDT,ETH-USDT,IRON-USDT,AUKI-USDT)
  --rate N              frames a second and market (10); 0: only by /control/step
  --changes N           levels changed in a frame (4)
  --seed N              seed of all chance (1)
  --replay FILE         a recording of frames (JSON lines) instead, as they came or at --rate frames a second
  --write-config DIR    writes a collector's configuration for each into this folder

services: notification services (Telegram, WeCom, DingTalk, Feishu, Slack, Discord, PagerDuty, a webhook, SMS),
each with its own contract, proof of identity and limits, on a port of its own. GET /control/messages
lists what was taken, POST /control/faults {"fault","count"} plants 429, 500, html, hang, reset or
lost-answer.

  --only a,b            only these, such as telegram,dingtalk (all)
  --host H, --port P    address and first port (127.0.0.1, 18200); 0 takes free ones
  --write-config FILE   writes the part of a server's configuration that reaches them

pool: F2Pool's account document for the simulated miners of the same count and seed, as their shares would be
counted there. Account minefarm, any coin.

  --count N, --seed N   as for miners (60, 1)
  --host H, --port P    address (127.0.0.1:18300); 0 takes a free port
  --stolen 3,17         miners whose shares go elsewhere
  --skimmed 4,9         miners of whose shares the pool counts only a part

cooling: simulated containers, each a coolant loop with its miners' heat, its tower and the weather, behind a
controller as its maker builds it: Bitmain's over HTTP, every fifth one of oil; MicroBT's over Modbus; Bitdeer's
over a broker. They take orders (banksman cooling order) and take as long as the real ones.

  --count N             how many (150)
  --from 127.x.y.z      address of the first one; the others follow (127.20.1.1)
  --makers a,b          whose, in turn: antbox, microbt, bitdeer (antbox)
  --port P              port of Bitmain's (8480; 80 as on the real ones needs root)
  --modbus-port P       port of MicroBT's (8502); --mqtt-port P of the broker at the first address (8183)
  --latency MS[-MS]     time to answer (300-1500)
  --miners N            miners in each (189)
  --fault KIND=SHARE    for that share of them; may be repeated. KIND is dead, refuse, slow, html, nan, strings,
                        numbers, bare, disconnect, exception or reconnect
  --control-port P      port on 127.0.0.1 that tells what they counted, requests that overlapped and writes that
                        came twice: GET /control/controllers; POST /control/faults {"host", "fault"} breaks
                        or, with null, mends one (8490; 0 takes a free one)
  --seed N              seed of all chance (1)

cameras: simulated cameras that play a loop of 20 s with their name and a clock, as HLS (MPEG-TS, fMP4, two variants)
at http://127.0.0.1:PORT/cam-001/index.m3u8 or master.m3u8, MJPEG beside it at /mjpeg, and RTSP (over TCP) at
rtsp://127.0.0.1:PORT/cam-001. Needs ffmpeg. A picture is made when somebody looks.

  --count N             how many (150)
  --port P              HTTP port (18400); --rtsp-port P that of RTSP (18554); 0 takes a free one
  --rtmp N              so many of them also play RTMP (0), each at a port of its own from --rtmp-port P on (18600):
                        rtmp://127.0.0.1:PORT/live/cam-001
  --resolution WxH, --fps N, --bitrate B   the picture (320x180, 5, what it takes); B such as 500k or 3M
  --same-picture        all show the same, encoded once: many of them start in little time
  --sign-in NAME:PASSWORD   what they ask for (nothing)
  --fault KIND=SHARE    for that share of them; may be repeated. KIND is stall, segment_404, discontinuity,
                        inner_address, huge_segment, wrong_type, slow_link, bad_sign_in or dead
  --control-port P      port on 127.0.0.1 that tells their addresses and what they were asked: GET /control/cameras;
                        POST /control/faults {"camera", "fault"} breaks or, with null, mends one (18490)
  --seed N              seed of all chance (1)

exit code: 0 when stopped, 1 when an address is taken or no broker answers, 2 for bad usage
`;

export const simCommand: Subcommand = {
  name: "sim",
  summary:
    "simulated miners, a pool's share log, exchanges, notification services, a pool, cooling units or cameras, for trying things out, tests and measurements",
  help: help.trim(),
  run: async (args) => {
    const [what, ...rest] = args;
    if (what === "miners") return await simMiners(rest);
    if (what === "shares") return await simShares(rest);
    if (what === "exchanges") return await simExchanges(rest);
    if (what === "services") return await simServices(rest);
    if (what === "pool") return await simPool(rest);
    if (what === "cooling") return await simCooling(rest);
    if (what === "cameras") return await simCameras(rest);
    process.stderr.write(
      "banksman sim: say what to simulate: banksman sim miners, shares, exchanges, services, pool, cooling or cameras. --help tells more.\n",
    );
    return EXIT_USAGE;
  },
};

async function simPool(args: string[]): Promise<number> {
  const { runSimPool } = await import("@banksman/sim");
  const text = { type: "string" } as const;
  const options = { count: text, seed: text, host: text, port: text, stolen: text, skimmed: text };
  const { values } = parseFlags({ args, options });
  return await runSimPool(values);
}

async function simServices(args: string[]): Promise<number> {
  const { runSimServices } = await import("@banksman/sim");
  const { values } = parseFlags({
    args,
    options: {
      only: { type: "string" },
      host: { type: "string" },
      port: { type: "string" },
      "write-config": { type: "string" },
    },
  });
  const { "write-config": writeConfig, ...flags } = values;
  return await runSimServices({ ...flags, writeConfig });
}

async function simMiners(args: string[]): Promise<number> {
  const { values } = parseFlags({
    args,
    options: {
      count: { type: "string" },
      from: { type: "string" },
      port: { type: "string" },
      "web-port": { type: "string" },
      "v3-port": { type: "string" },
      latency: { type: "string" },
      fault: { type: "string", multiple: true },
      seed: { type: "string" },
      models: { type: "string" },
      joins: { type: "string" },
      "one-listener": { type: "boolean" },
      frozen: { type: "boolean" },
      "ops-port": { type: "string" },
    },
  });
  // Loaded when it runs: no command waits for the libraries of another.
  const { runSimMiners } = await import("@banksman/sim");
  const { "one-listener": oneListener, "ops-port": opsPort, "web-port": webPort, "v3-port": v3Port, ...flags } = values;
  return await runSimMiners({ ...flags, oneListener, opsPort, webPort, v3Port });
}

async function simShares(args: string[]): Promise<number> {
  const { values } = parseFlags({
    args,
    options: {
      brokers: { type: "string" },
      topic: { type: "string" },
      "events-topic": { type: "string" },
      workers: { type: "string" },
      users: { type: "string" },
      rate: { type: "string" },
      partitions: { type: "string" },
      keyed: { type: "boolean" },
      format: { type: "string" },
      rejects: { type: "string" },
      defects: { type: "string", multiple: true },
      "no-events": { type: "boolean" },
      for: { type: "string" },
      back: { type: "string" },
      count: { type: "string" },
      seed: { type: "string" },
    },
  });
  const { runSimShares } = await import("@banksman/sim");
  const { "events-topic": eventsTopic, "no-events": noEvents, ...flags } = values;
  return await runSimShares({ ...flags, eventsTopic, noEvents });
}

async function simExchanges(args: string[]): Promise<number> {
  const { runSimExchanges } = await import("@banksman/sim");
  const { values } = parseFlags({
    args,
    options: {
      only: { type: "string" },
      host: { type: "string" },
      port: { type: "string" },
      pairs: { type: "string" },
      rate: { type: "string" },
      changes: { type: "string" },
      seed: { type: "string" },
      replay: { type: "string" },
      "write-config": { type: "string" },
    },
  });
  const { "write-config": writeConfig, ...flags } = values;
  return await runSimExchanges({ ...flags, writeConfig });
}

async function simCooling(args: string[]): Promise<number> {
  const { values } = parseFlags({
    args,
    options: {
      count: { type: "string" },
      from: { type: "string" },
      port: { type: "string" },
      makers: { type: "string" },
      "modbus-port": { type: "string" },
      "mqtt-port": { type: "string" },
      latency: { type: "string" },
      miners: { type: "string" },
      "control-port": { type: "string" },
      fault: { type: "string", multiple: true },
      seed: { type: "string" },
    },
  });
  const { runSimCooling } = await import("@banksman/sim");
  const { "modbus-port": modbusPort, "mqtt-port": mqttPort, "control-port": controlPort, ...flags } = values;
  return await runSimCooling({ ...flags, modbusPort, mqttPort, controlPort });
}

async function simCameras(args: string[]): Promise<number> {
  const { values } = parseFlags({
    args,
    options: {
      count: { type: "string" },
      port: { type: "string" },
      "rtsp-port": { type: "string" },
      rtmp: { type: "string" },
      "rtmp-port": { type: "string" },
      resolution: { type: "string" },
      fps: { type: "string" },
      bitrate: { type: "string" },
      "same-picture": { type: "boolean" },
      "sign-in": { type: "string" },
      "control-port": { type: "string" },
      fault: { type: "string", multiple: true },
      seed: { type: "string" },
    },
  });
  const { runSimCameras } = await import("@banksman/sim");
  const {
    "rtsp-port": rtspPort,
    "rtmp-port": rtmpPort,
    "same-picture": samePicture,
    "sign-in": signIn,
    "control-port": controlPort,
    ...flags
  } = values;
  return await runSimCameras({ ...flags, rtspPort, rtmpPort, samePicture, signIn, controlPort });
}
