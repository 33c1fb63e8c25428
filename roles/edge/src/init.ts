import { existsSync, writeFileSync } from "node:fs";
import { EdgeUsage } from "./errors.ts";

/** Strict JSON with the original collector's keys only, so that it reads the file too. */
export const STARTER = {
  api_url: "https://your-server.example",
  api_key: "hsc_xxxxx",
  site_id: "site_001",
  collection_interval: 30,
  max_workers: 50,
  miners: [{ id: "S19_0001", ip: "192.168.1.100", type: "antminer" }],
  ip_ranges: [{ range: "192.168.2.100-192.168.2.199", prefix: "M30_", type: "whatsminer" }],
};

const guide = (file: string) => `# ${file}

\`\`\`text
api_url              address of the server, https://…
api_key              collector key: 托管管理 → 站点管理 → a site → 采集器设置 → 生成新密钥
site_id              the site's code, as the server shows it
collection_interval  seconds between sweeps, or "auto" (30 up to 2,000 miners, 60 above)
max_workers          miners read at once, or "auto" (as many as the sweep needs)
miners               single miners: id, ip, type; optional port, rack, position, options
ip_ranges            many at once: range (a-b or CIDR), prefix, type; ids run on as S19_0001, S19_0002, …
\`\`\`

type is antminer, whatsminer, avalon or auto; what the device says of itself wins.

Optional keys, left out here so that the original collector reads the file too:

\`\`\`text
discover      networks to search for miners, such as ["192.168.1.0/24"]
timeout_ms    bound for one miner, default 10000
upload_batch  readings in one upload, default 5000
spool         {"path": "./cache/offline_cache.db", "max_gib": 5, "max_days": 7}
raw           true sends the raw answers too
identity      "mac": a miner keeps its id when DHCP moves it
credentials   logins by driver, {"antminer": {"username": "root", "password": "env:MINER_PASSWORD"}}
ca_file       PEM file of a private certificate authority
allow_http    true allows a plain http:// api_url beyond this machine
ops_port      port of /health, /ready and /metrics (9480)
\`\`\`

Then:

\`\`\`sh
banksman edge --test 192.168.1.100   # one miner
banksman edge --once                 # one sweep
banksman edge                        # run
\`\`\`
`;

/** Writes the starter file (mode 0600) and its explanations beside it. Throws USAGE_FILE_EXISTS rather than overwrite. */
export function writeStarter(path: string): { config: string; guide: string } {
  const guidePath = `${path.replace(/\.[^./]*$/, "")}.md`;
  write(path, `${JSON.stringify(STARTER, null, 4)}\n`);
  if (!existsSync(guidePath)) write(guidePath, guide(path));
  return { config: path, guide: guidePath };
}

/** `wx`: the check for an existing file and its creation are one step. */
function write(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: "wx", mode: 0o600 });
  } catch (cause) {
    if (existsSync(path)) throw EdgeUsage.FILE_EXISTS(path, { cause });
    throw cause;
  }
}
