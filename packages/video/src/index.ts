export { cameraEgress, checkAddress } from "./address.ts";
export { createDecoder, type Decoder } from "./decoder.ts";
export { decrypted } from "./decrypt.ts";
export { clearLeftovers, type Encoder, PART_S, pause, startEncoder } from "./encoder.ts";
export { type CameraAnswer, sliceOf, type Wish, within } from "./fetch-camera.ts";
export { SHORT_LOOK, startFfmpeg } from "./ffmpeg.ts";
export { createKeyFrames, type KeyFrame, rangeOf } from "./key-frames.ts";
export { pictureOnce } from "./picture-once.ts";
export {
  type Definitions,
  type Playlist,
  type PlaylistRole,
  parsePlaylist,
  rewritePlaylist,
  type Segment,
} from "./playlist.ts";
export { type CameraReader, createCameraReader } from "./reader.ts";
export { CameraFailure, failureOf } from "./trouble.ts";
