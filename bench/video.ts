/**
 * Video: what a server passes on per core beside nginx (Debian's nginx-light) and a bare Node server with the same bytes; CPU of
 * a stream that is copied, made smaller, or shown as key frames; 150 cameras of key frames; the first picture in Chromium; with
 * `--wall MINUTES` the browser's memory with 81 tiles.
 *   node bench/video.ts [--wall 30]
 */
import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort, launchChromium, run, tempFolder, waitFor } from "@banksman/testkit";
import type { Browser, Page } from "playwright-core";
import { WebSocket } from "ws";
import { PASSWORD } from "../cli/src/test/site.ts";
import { type VideoSite, videoSite, type Watched } from "../cli/src/test/video-site.ts";

const PULL = fileURLToPath(new URL("./video-pull.ts", import.meta.url));
const HD = { width: 1920, height: 1080, fps: 25, kbps: 3_000 };
const OPEN = { user_mbps: 100_000, total_mbps: 100_000, site_mbps: 100_000, max_processes: 50 };
const TICKS_PER_S = 100;

/** CPU seconds of a process, of children that ended, and of those that run. */
function cpuOf(pid: number): number {
  try {
    const fields = (readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1] ?? "").split(" ");
    const own = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0) / TICKS_PER_S;
    return own + childrenOf(pid).reduce((sum, child) => sum + cpuOf(child), 0);
  } catch {
    return 0;
  }
}
const childrenOf = (pid: number): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((one) => {
      try {
        return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${one}/stat`, "utf8"))?.[1]) === pid;
      } catch {
        return false;
      }
    });

const descendantsOf = (pid: number): number[] => childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);

async function pulled(url: string, pid: number, token?: string): Promise<{ mbps: number; mbpsPerCore: number }> {
  const seconds = 6;
  const before = cpuOf(pid);
  const client = run(process.execPath, [PULL, url, String(seconds), "4", ...(token === undefined ? [] : [token])]);
  await client.exited;
  const megabits = (Number(client.stdout()) * 8) / 1e6;
  return { mbps: megabits / seconds, mbpsPerCore: megabits / (cpuOf(pid) - before) };
}

async function proxy(site: VideoSite): Promise<void> {
  const camera = await site.addCamera({ name: "proxied", url: site.sim.cameras[0]?.hls ?? "" });
  const { playlist, token } = await site.watch(camera.camera_id);
  const text = await (await site.play(playlist, token)).text();
  const uri = text.split("\n").find((line) => line !== "" && !line.startsWith("#")) ?? "";
  const part = new URL(uri, `${site.url}${playlist}`);
  const body = Buffer.from(await (await site.play(part.pathname, token)).arrayBuffer());
  const ours = await pulled(part.href, site.server().child.pid ?? 0, token);

  await using folder = await tempFolder();
  await writeFile(join(folder.path, "part.ts"), body);
  const [nginxPort, barePort] = [await freePort(), await freePort()];
  const config = `daemon off; master_process off; worker_processes 1; error_log stderr; pid ${folder.path}/pid;
    events { worker_connections 64; } http { access_log off; sendfile on;
    server { listen 127.0.0.1:${nginxPort}; root ${folder.path}; } }`;
  await writeFile(join(folder.path, "nginx.conf"), config);
  const nginx = run("nginx", ["-c", join(folder.path, "nginx.conf"), "-p", folder.path]);
  await waitFor("nginx", () =>
    fetch(`http://127.0.0.1:${nginxPort}/part.ts`).then(
      () => true,
      () => false,
    ),
  );
  const theirs = await pulled(`http://127.0.0.1:${nginxPort}/part.ts`, nginx.child.pid ?? 0);
  await nginx.stop();

  const bareCode = `require("http").createServer((_, r) => r.end(b)).listen(${barePort}, "127.0.0.1"); const b = require("fs").readFileSync("${join(folder.path, "part.ts")}")`;
  const bare = run(process.execPath, ["-e", bareCode]);
  await waitFor("the bare server", () =>
    fetch(`http://127.0.0.1:${barePort}/`).then(
      () => true,
      () => false,
    ),
  );
  const limit = await pulled(`http://127.0.0.1:${barePort}/`, bare.child.pid ?? 0);
  await bare.stop();
  console.log(`a part of ${(body.length / 1e3).toFixed(0)} kB, four players, Mb/s and Mb/s a core`);
  for (const [name, one] of [
    ["banksman", ours],
    ["nginx, sendfile", theirs],
    ["bare Node", limit],
  ] as const)
    console.log(`  ${name}: ${one.mbps.toFixed(0)}, ${one.mbpsPerCore.toFixed(0)} a core`);
  console.log(
    `  per core: ${(ours.mbpsPerCore / theirs.mbpsPerCore).toFixed(2)} of nginx, ${(ours.mbpsPerCore / limit.mbpsPerCore).toFixed(2)} of bare Node`,
  );
}

/** CPU per stream while players go on asking. */
async function streams(
  site: VideoSite,
  what: string,
  kind: "hls" | "rtsp",
  profile: string,
  count: number,
): Promise<void> {
  const watched: Watched[] = [];
  for (let index = 0; index < count; index += 1) {
    const simulated = site.sim.cameras[index];
    const camera = await site.addCamera({ name: `${what} ${index}`, kind, url: simulated?.[kind] ?? "" });
    watched.push(await site.watch(camera.camera_id, profile));
  }
  const keepAsking = async () => {
    for (const { playlist, token } of watched) await (await site.play(playlist, token)).arrayBuffer();
  };
  await keepAsking();
  const pid = site.server().child.pid ?? 0;
  const [before, began] = [cpuOf(pid), performance.now()];
  while (performance.now() - began < 20_000) {
    await keepAsking();
    await setTimeout(1_000);
  }
  const share = (cpuOf(pid) - before) / ((performance.now() - began) / 1_000) / count;
  console.log(`${what}: ${(share * 100).toFixed(1)} % of a core a stream (${count} of 1080p25, 3 Mb/s)`);
}

/** Everybody's key frames over one connection. */
async function wall(site: VideoSite, count: number): Promise<void> {
  const ids: string[] = [];
  for (const { id, hls } of site.sim.cameras.slice(0, count))
    ids.push((await site.addCamera({ name: `wall ${id}`, url: hls })).camera_id);
  const socket = new WebSocket(`${site.url.replace("http", "ws")}/api/video/wall`, {
    headers: { cookie: site.cookie(), origin: site.url },
  });
  let [pictures, bytes, oldest] = [0, 0, 0];
  socket.on("message", (data: Buffer, isBinary) => {
    if (!isBinary) return;
    pictures += 1;
    bytes += data.length;
    oldest = Math.max(oldest, Date.now() - data.readDoubleBE(2));
  });
  await new Promise((resolve) => socket.once("open", resolve));
  socket.send(JSON.stringify({ type: "show", camera_ids: ids }));
  await waitFor("each camera's first picture", () => pictures >= count, { withinMs: 60_000 });
  const pid = site.server().child.pid ?? 0;
  [pictures, bytes, oldest] = [0, 0, 0];
  const [before, began] = [cpuOf(pid), performance.now()];
  await setTimeout(30_000);
  const seconds = (performance.now() - began) / 1_000;
  const cores = (cpuOf(pid) - before) / seconds;
  const every = (count * seconds) / pictures;
  console.log(
    `${count} cameras of key frames: ${cores.toFixed(2)} cores, a picture each ${every.toFixed(1)} s, ${((bytes * 8) / 1e6 / seconds).toFixed(1)} Mb/s, the oldest ${(oldest / 1_000).toFixed(1)} s`,
  );
  socket.close();
}

async function signedIn(browser: Browser, site: VideoSite, viewport: { width: number; height: number }): Promise<Page> {
  const page = await browser.newPage({ viewport });
  await page.goto(site.url);
  await page.evaluate(async (password) => {
    const body = JSON.stringify({ username: "admin", password });
    await fetch("/api/session", { method: "POST", headers: { "content-type": "application/json" }, body });
  }, PASSWORD);
  return page;
}

/** From asking to watch to the first picture, in a page of one tile. */
async function firstPicture(site: VideoSite, tries: number): Promise<void> {
  await using browser = await launchChromium();
  const page = await signedIn(browser, site, { width: 1440, height: 900 });
  await page.addInitScript(() => {
    document.addEventListener(
      "loadeddata",
      () => (document.documentElement.dataset.first ??= String(performance.now())),
      true,
    );
  });
  const times: number[] = [];
  for (const { id, hls } of site.sim.cameras.slice(0, tries)) await site.addCamera({ name: `first ${id}`, url: hls });
  for (let index = 0; index < tries; index += 1) {
    await page.goto(`${site.url}/video?layout=1&page=${1 + index}`);
    await page.locator("html[data-first]").waitFor({ timeout: 30_000 });
    times.push(
      await page.evaluate(() => {
        const asked = performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/watch"));
        return Number(document.documentElement.dataset.first) - (asked?.startTime ?? 0);
      }),
    );
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0).toFixed(0);
  console.log(
    `first picture in Chromium, ${tries} cameras nobody watched before: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`,
  );
}

/** Memory of the browser's processes with the wall on, minute after minute. */
async function wallMemory(site: VideoSite, minutes: number): Promise<void> {
  await using browser = await launchChromium();
  const page = await signedIn(browser, site, { width: 1920, height: 1080 });
  await page.goto(`${site.url}/video/wall?layout=81`);
  const pssMb = (): number =>
    descendantsOf(process.pid).reduce((sum, pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("--type=renderer")) return sum;
        return sum + Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0) / 1_000;
      } catch {
        return sum;
      }
    }, 0);
  for (let minute = 0; minute <= minutes; minute += 1) {
    if (minute % 5 === 1 || minute === minutes)
      console.log(`wall of 81 after ${minute} min: renderers ${pssMb().toFixed(0)} MB`);
    await setTimeout(60_000);
  }
}

const wallAt = process.argv.indexOf("--wall");
const count = 150;
await using site = await videoSite(count, "server", { picture: HD }, OPEN);
if (wallAt >= 0) {
  for (const { id, hls, low } of site.sim.cameras.slice(0, 81))
    await site.addCamera({ name: id, url: hls, low_url: low });
  await wallMemory(site, Number(process.argv[wallAt + 1] ?? 30));
} else {
  await firstPicture(site, 20);
  await proxy(site);
  await streams(site, "copied from RTSP", "rtsp", "source", 8);
  await streams(site, "made 360p", "hls", "medium", 3);
  await streams(site, "made 180p", "hls", "low", 3);
  await wall(site, count);
}
