export {
  Problem,
  RejectedReading,
  UPLOAD_HEADERS,
  UPLOAD_MAX_INFLATED_BYTES,
  UPLOAD_MAX_READINGS,
  Upload,
  UploadFigures,
  UploadReply,
} from "./upload.ts";
