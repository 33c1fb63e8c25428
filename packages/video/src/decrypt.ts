import { createDecipheriv } from "node:crypto";
import type { Encryption } from "./playlist.ts";
import { CameraFailure } from "./trouble.ts";

const KEY_BYTES = 16;

/**
 * What a part of a stream holds: AES-128 in CBC mode is taken off with the key that `readKey` gets (RFC 8216, section
 * 4.3.2.4). Throws CameraFailure for other ways to encrypt, and for a key that isn't the part's.
 */
export async function decrypted(
  body: Buffer,
  encryption: Encryption | null,
  readKey: (url: string) => Promise<Buffer>,
): Promise<Buffer> {
  if (encryption === null) return body;
  const { method, keyUrl, iv } = encryption;
  if (method !== "AES-128")
    throw new CameraFailure("not_video", `a stream that is encrypted by ${method} can only be passed on`);
  if (keyUrl === null) throw new CameraFailure("not_video", "the camera's playlist does not say where its key is");
  if (iv === null) throw new CameraFailure("not_video", "the camera's playlist tells no IV that can be read");
  const key = await readKey(keyUrl);
  if (key.length !== KEY_BYTES) throw new CameraFailure("not_video", "the camera's key is none of AES-128");
  const decipher = createDecipheriv("aes-128-cbc", key, iv);
  try {
    return Buffer.concat([decipher.update(body), decipher.final()]);
  } catch (error) {
    throw new CameraFailure("not_video", "a part does not fit the camera's key", error);
  }
}
