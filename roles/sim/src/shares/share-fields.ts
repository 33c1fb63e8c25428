/** What a share says, before it is a message. Times are Unix seconds. */
export type ShareFields = {
  jobId: bigint;
  workerId: bigint;
  /** IPv4, first octet highest. */
  ip: number;
  userId: number;
  difficulty: number;
  time: number;
  bits: number;
  height: number;
  nonce: number;
  sessionId: number;
  accepted: boolean;
  /** Sent as the reason of a reject by the formats that know one. */
  rejectStatus: number;
};

/** `status` of an accepted share in the formats after the first. */
const ACCEPT = 1_798_084_231;

export const statusOf = (share: ShareFields): number => (share.accepted ? ACCEPT : share.rejectStatus);
