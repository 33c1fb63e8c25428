import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** A Debian package that tests need, with a file that shows that it is there. */
type Needed = { name: string; shownBy: string };

const NEEDED: readonly Needed[] = [
  { name: "chromium-headless-shell", shownBy: "/usr/bin/chromium-headless-shell" },
  { name: "curl", shownBy: "/usr/bin/curl" },
  { name: "ffmpeg", shownBy: "/usr/bin/ffmpeg" },
  { name: "fonts-noto-cjk", shownBy: "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc" },
  { name: "kcat", shownBy: "/usr/bin/kcat" },
  { name: "mariadb-client-core", shownBy: "/usr/bin/my_print_defaults" },
  { name: "mariadb-server-core", shownBy: "/usr/sbin/mariadbd" },
  { name: "openssl", shownBy: "/usr/bin/openssl" },
  { name: "poppler-utils", shownBy: "/usr/bin/pdftotext" },
  { name: "postgresql-15", shownBy: "/usr/lib/postgresql/15/bin/postgres" },
  { name: "prometheus", shownBy: "/usr/bin/prometheus" },
  { name: "prometheus-alertmanager", shownBy: "/usr/bin/prometheus-alertmanager" },
  { name: "python3-openpyxl", shownBy: "/usr/lib/python3/dist-packages/openpyxl/__init__.py" },
  { name: "redis-server", shownBy: "/usr/bin/redis-server" },
  { name: "util-linux", shownBy: "/usr/bin/setpriv" },
];

const isDebian = () => existsSync("/etc/debian_version") && existsSync("/usr/bin/apt-get");

function isThere({ name, shownBy }: Needed): boolean {
  if (existsSync(shownBy)) return true;
  // Another release may put the file elsewhere; dpkg knows.
  const asked = spawnSync("dpkg", ["--status", name], { encoding: "utf8" });
  return asked.status === 0 && asked.stdout.includes("install ok installed");
}

/**
 * Installs what the tests need when it is root on Debian; otherwise returns the sentence that says what to install.
 * Returns null when everything is there.
 */
export function ensureDebianPackages(): string | null {
  const missing = NEEDED.filter((needed) => !isThere(needed)).map((needed) => needed.name);
  if (missing.length === 0) return null;
  const advice = `The tests need these Debian packages: ${missing.join(" ")}. Install them with: sudo apt-get install ${missing.join(" ")}`;
  if (!isDebian() || process.getuid?.() !== 0) return advice;
  console.log(`installing ${missing.join(" ")}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  try {
    execFileSync("apt-get", ["update", "-qq"], { env: environment, stdio: "inherit" });
    execFileSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...missing], {
      env: environment,
      stdio: ["ignore", "ignore", "inherit"],
    });
  } catch (error) {
    return `${advice} (installing them failed: ${error instanceof Error ? error.message : String(error)})`;
  }
  return null;
}
