import { randomUUID } from "node:crypto";
import type { Camera, CameraInput, CameraTrial, ListCameras, QueryOf } from "@banksman/wire/api";
import { type CameraPlan, isCameraUrl } from "@banksman/wire/model";
import { z } from "zod";
import { isWithin, type Sites } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import type { Vault } from "../secrets.ts";
import type { CameraRow, CameraStore, NewCamera } from "./camera-store.ts";

const Sealed = z.object({
  url: z.string(),
  low_url: z.string().nullable(),
  username: z.string().nullable(),
  password: z.string().nullable(),
  allow: z.array(z.string()),
});
type Sealed = z.infer<typeof Sealed>;

/** What reads a camera: its address and sign-in among it. */
type Opened = Sealed & Pick<CameraInput, "kind" | "via">;
const UNKNOWN: Opened = {
  ...{ kind: "hls", via: "server", url: "", low_url: null },
  ...{ username: null, password: null, allow: [] },
};

/** From where a camera is read. */
export type CameraPlace = Pick<CameraRow, "site_id" | "site_no" | "via">;
/** How a camera would be read that is not, or not so, registered. */
export type Proposed = { place: CameraPlace; main: CameraPlan; low: CameraPlan | null };

/** How a camera is by now, as the server that is asked knows it. */
export type CameraState = Pick<Camera, "state" | "trouble" | "pictured_at" | "viewers">;

type Parts = {
  store: CameraStore;
  vault: Vault;
  sites: { find: (siteId: string) => Promise<{ site_no: number }> };
  stateOf: (cameraId: string) => CameraState;
  /** A camera is another by now, or gone: what was read of it ends. */
  changed: (cameraId: string) => Promise<void>;
};

/** What of a camera is asked for: a member that is undefined stays as it is. */
type Change<T> = { [K in keyof T]?: T[K] | undefined };
/** Sites of nobody. */
const NONE: Sites = new Set();

/** How long a camera that was looked up may be used for parts of its stream. */
const FRESH_MS = 2_000;

function merged<T extends Opened>(before: T, change: Change<T>): T {
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const after: T = { ...before, ...given };
  for (const path of ["url", "low_url"] as const) {
    const address = after[path];
    if (address !== null && !isCameraUrl(after.kind, address))
      throw problem(400, "INVALID_INPUT", `${path}: not an address of a camera of this kind`, { path });
  }
  const known = hostsOf(before);
  // Whoever may change an address could have a kept password sent to themselves.
  if (
    before.password !== null &&
    change.password === undefined &&
    !hostsOf(after).every((host) => known.includes(host))
  )
    throw problem(400, "SIGN_IN_AGAIN", "password: the camera is at another host now; give its password once more", {
      path: "password",
    });
  return after;
}

const hostsOf = ({ url, low_url }: Pick<Opened, "url" | "low_url">): string[] =>
  [url, low_url].flatMap((address) => URL.parse(address ?? "")?.hostname ?? []);

/** What reads a stream of a camera; the smaller one where it is asked for and there is one. */
function planFor(camera_id: string, opened: Omit<Opened, "via">, stream: CameraPlan["stream"]): CameraPlan {
  const { kind, url, low_url, username, password, allow } = opened;
  const isLow = stream === "low" && low_url !== null;
  return {
    ...{ camera_id, kind, username, password, allow },
    stream: isLow ? "low" : "main",
    url: isLow ? low_url : url,
  };
}

export type CameraService = ReturnType<typeof cameraService>;

/** The cameras that are registered. No other is ever read, but once by who may register it. */
export const cameraService = ({ store, vault, sites, stateOf, changed }: Parts) => {
  const known = new Map<string, { row: CameraRow; atMs: number }>();

  const noSuch = () => problem(404, "NO_SUCH_CAMERA", "there is no such camera", { path: "camera_id" });
  const find = async (cameraId: string, reached: Sites): Promise<CameraRow> => {
    const fresh = known.get(cameraId);
    const row = fresh && Date.now() - fresh.atMs < FRESH_MS ? fresh.row : await store.find(cameraId);
    if (!row || !isWithin(reached, row.site_id)) throw noSuch();
    if (fresh?.row !== row) known.set(cameraId, { row, atMs: Date.now() });
    return row;
  };
  const at = async (siteId: string, cameraId: string): Promise<CameraRow> => find(cameraId, new Set([siteId]));
  const forget = async (cameraId: string): Promise<void> => {
    known.delete(cameraId);
    await changed(cameraId);
  };

  const opened = new WeakMap<Pick<CameraRow, "sealed">, Sealed>();
  const sealedOf = (row: Pick<CameraRow, "sealed">): Sealed => {
    const said = opened.get(row) ?? Sealed.parse(JSON.parse(vault.open(row.sealed)));
    opened.set(row, said);
    return said;
  };
  const hasLogin = (row: CameraRow): boolean | null => {
    if (vault.ageOf(row.sealed) === "unreadable") return null;
    const { username, password } = sealedOf(row);
    return username !== null || password !== null;
  };
  /** A camera as people see it; `managed` are the sites whose cameras they may change. */
  const shown = (row: CameraRow, managed: Sites = NONE): Camera => {
    const { camera_id, site_id, region, name, container, kind, via, has_low, recording } = row;
    return {
      ...{ camera_id, site_id, region, name, container, kind, via, has_low, recording },
      has_login: isWithin(managed, site_id) ? hasLogin(row) : null,
      ...stateOf(camera_id),
    };
  };
  const rowOf = (site_no: number, input: CameraInput): NewCamera => {
    const { name, container, kind, via, recording, url, low_url, username, password, allow } = input;
    const sealed: Sealed = { url, low_url, username, password, allow };
    return {
      ...{ site_no, name, container, kind, via, recording },
      has_low: low_url !== null,
      sealed: vault.seal(JSON.stringify(sealed)),
    };
  };
  const taken = (name: string) =>
    problem(409, "CAMERA_EXISTS", `the site has a camera "${name}" already`, { path: "name" });

  return {
    find,
    at,
    list: async (
      reached: Sites,
      { site_id: siteId, region }: QueryOf<typeof ListCameras> = {},
      managed: Sites = NONE,
    ): Promise<Camera[]> =>
      (await store.list())
        .filter((row) => isWithin(reached, row.site_id))
        .filter((row) => siteId === undefined || row.site_id === siteId)
        .filter((row) => region === undefined || row.region === region)
        .map((row) => shown(row, managed)),
    all: store.list,
    shown,

    planOf: (row: CameraRow, stream: CameraPlan["stream"]): CameraPlan =>
      planFor(row.camera_id, { kind: row.kind, ...sealedOf(row) }, stream),

    /** Under names of their own, so that trying a camera doesn't disturb who watches it. */
    proposed: async (siteId: string, { camera_id: cameraId, ...change }: CameraTrial): Promise<Proposed> => {
      const row = cameraId === undefined ? null : await at(siteId, cameraId);
      const { site_no } = row ?? (await sites.find(siteId));
      const before = row === null ? UNKNOWN : { kind: row.kind, via: row.via, ...sealedOf(row) };
      const { via, ...opened } = merged(before, change);
      return {
        place: { site_id: siteId, site_no, via },
        main: planFor(randomUUID(), opened, "main"),
        low: opened.low_url === null ? null : planFor(randomUUID(), opened, "low"),
      };
    },

    add: async (siteId: string, input: CameraInput): Promise<Camera> => {
      const { site_no } = await sites.find(siteId);
      const cameraId = await store.add(rowOf(site_no, input));
      if (cameraId === null) throw taken(input.name);
      return shown(await at(siteId, cameraId), "all");
    },

    change: async (siteId: string, cameraId: string, change: Change<CameraInput>): Promise<Camera> => {
      const row = await at(siteId, cameraId);
      const { name, container, kind, via, recording } = row;
      const before: CameraInput = { name, container, kind, via, recording, ...sealedOf(row) };
      const input = merged(before, change);
      if (!(await store.save(cameraId, rowOf(row.site_no, input)))) throw taken(input.name);
      await forget(cameraId);
      return shown(await at(siteId, cameraId), "all");
    },

    remove: async (siteId: string, cameraId: string): Promise<void> => {
      await at(siteId, cameraId);
      await store.remove(cameraId);
      await forget(cameraId);
    },
  };
};
