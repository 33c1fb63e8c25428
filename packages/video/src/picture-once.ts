import type { CameraPlan } from "@banksman/wire/model";
import type { Decoder } from "./decoder.ts";
import { createKeyFrames, type KeyFrame } from "./key-frames.ts";
import type { CameraReader } from "./reader.ts";

type Parts = Pick<CameraReader, "read" | "forget"> & { decoder: Pick<Decoder, "picture" | "forget"> };

/**
 * A camera's newest key frame for somebody who tries it; what was begun for that ends with it. Its plan has a `camera_id` of
 * its own, so that nobody who watches the same camera is disturbed.
 */
export async function pictureOnce(
  { read, forget, decoder }: Parts,
  camera: CameraPlan,
  widthPx: number,
): Promise<KeyFrame> {
  try {
    return await createKeyFrames(read, decoder)(camera, widthPx);
  } finally {
    decoder.forget(camera.camera_id);
    await forget(camera.camera_id);
  }
}
