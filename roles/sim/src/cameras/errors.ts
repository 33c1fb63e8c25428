import { defineErrors } from "@banksman/kit";

export const CameraErrors = defineErrors("SIM_CAMERA", {
  NO_FFMPEG: {
    text: (why: string) =>
      `banksman sim cameras: ffmpeg, which makes the pictures, can't be started (${why}). Debian: apt-get install ffmpeg.`,
    retry: false,
  },
  ENCODER_FAILED: { text: (why: string) => `banksman sim cameras: ffmpeg made no picture: ${why}`, retry: false },
  CLOSED: { text: () => "banksman sim cameras: the simulator is being closed", retry: false },
  UNKNOWN: { text: (camera: string) => `banksman sim cameras: there is no camera ${camera}`, retry: false },
});
