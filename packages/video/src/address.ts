import { isIP } from "node:net";
import { type Egress, egressTo, networksCheck } from "@banksman/kit/egress";
import type { CameraPlan } from "@banksman/wire/model";
import { CameraFailure } from "./trouble.ts";

/**
 * Where no camera stands: this machine, link-local addresses (cloud metadata among them), multicast, and ranges that carry
 * another address inside. Private networks are where cameras are.
 */
const NEVER = [
  "0.0.0.0/8",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "192.0.0.0/24",
  "224.0.0.0/3",
  // Metadata of Alibaba, Oracle and Azure.
  "100.100.100.200",
  "192.0.0.192",
  "168.63.129.16",
  "::/96",
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "2001::/32",
  "2002::/16",
  "fd00:ec2::254",
  "fd20:ce::254",
  "fe80::/10",
  "ff00::/8",
];

/** How cameras are reached: never at this machine or a cloud's metadata, but where the operator's own file allows it. */
export function cameraEgress(allow: readonly string[]): Egress {
  const [isNever, isAllowed] = [networksCheck(NEVER), networksCheck(allow)];
  return egressTo((address) => {
    const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
    return isAllowed(plain) || !isNever(plain);
  });
}

const DEFAULT_PORTS: Record<string, string> = { "http:": "80", "https:": "443", "rtsp:": "554", "rtmp:": "1935" };
const portOf = ({ port, protocol }: URL): string => (port === "" ? (DEFAULT_PORTS[protocol] ?? "") : port);
const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, "").toLowerCase();

/**
 * Checks that an address inside a camera's stream is the camera's own host and port, or one of the addresses and networks
 * that it was registered with. Throws CameraFailure `address_refused`.
 */
export function checkAddress(camera: Pick<CameraPlan, "url" | "allow">, address: string): URL {
  const url = URL.parse(address);
  const own = new URL(camera.url);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:"))
    throw new CameraFailure("address_refused", "the stream points at something that is no http address");
  if (url.username !== "" || url.password !== "")
    throw new CameraFailure("address_refused", "the stream points at an address with a name or password in it");
  const host = hostOf(url);
  if (host === hostOf(own) && portOf(url) === portOf(own)) return url;
  const isWeb = ["80", "443", portOf(own)].includes(portOf(url));
  if (isWeb && isIP(host) !== 0 && networksCheck(camera.allow)(host)) return url;
  throw new CameraFailure(
    "address_refused",
    `the stream points at ${host}:${portOf(url)}, which is not among the camera's addresses`,
  );
}
