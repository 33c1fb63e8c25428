import { authorization, type Challenge, type Credentials, challengeIn } from "@banksman/kit/http-auth";
import { bytesOfMessage, headerOf, type RtspMessage, withHeader } from "./rtsp-messages.ts";
import { CameraFailure } from "./trouble.ts";

/** A request that the camera has not answered yet; `sequence` is the number that it was given by who asked. */
type Waiting = { request: RtspMessage; method: string; uri: string; sequence: string | undefined; isSecond: boolean };
/** What an answer of the camera leads to. */
type Next = { toPlayer: Buffer } | { toCamera: Buffer } | null;

/** Cameras that answer no keep-alives play on. */
const MOST_WAITING = 20;
const sentElsewhere = () => new CameraFailure("address_refused", "the camera sends its asker elsewhere");

/**
 * Stands between a player and a camera on one connection: what is asked for below `doorUrl` is asked of the camera below
 * `cameraUrl`, signed in by Basic or Digest where it wants that. Throws CameraFailure where the connection must end: the camera
 * sends its asker elsewhere, or speaks no RTSP.
 */
export class RtspExchange {
  readonly #doorUrl: string;
  readonly #cameraUrl: string;
  readonly #credentials: Credentials | null;
  /** By the camera's own numbers: a request that is asked again, signed, is another one to it. RFC 7826, section 18.20. */
  readonly #waiting = new Map<string, Waiting>();
  #count = 0;
  #signed: { challenge: Challenge; count: number } | null = null;
  #refusal: CameraFailure | null = null;

  constructor(doorUrl: string, cameraUrl: string, credentials: Credentials | null) {
    this.#doorUrl = doorUrl;
    this.#cameraUrl = cameraUrl;
    this.#credentials = credentials;
  }

  /** What the player was refused by the camera's last answer, which many cameras end the connection after. */
  get refusal(): CameraFailure | null {
    return this.#refusal;
  }

  /** What the camera is sent for a request of the player. */
  asked(request: RtspMessage): Buffer {
    const [method = "", asked = ""] = request.first.split(" ");
    const uri = asked.startsWith(this.#doorUrl) ? this.#cameraUrl + asked.slice(this.#doorUrl.length) : asked;
    return this.#ask({ request, method, uri, sequence: headerOf(request, "cseq"), isSecond: false });
  }

  /** What follows from what the camera says; null where that is nothing. */
  answered(answer: RtspMessage): Next {
    const status = /^RTSP\/\d\.\d (\d{3})/.exec(answer.first)?.[1];
    if (status === undefined) return { toCamera: replyTo(answer) };
    if (status.startsWith("3")) throw sentElsewhere();
    // Some cameras leave the number out.
    const number = headerOf(answer, "cseq") ?? [...this.#waiting.keys()][0];
    const one = number === undefined ? undefined : this.#waiting.get(number);
    if (number === undefined || one === undefined || status.startsWith("1")) return null;
    this.#waiting.delete(number);
    const challenge = status === "401" && !one.isSecond ? challengeOf(answer) : null;
    if (challenge === null || this.#credentials === null) {
      this.#refusal = refusalBy(status);
      return { toPlayer: bytesOfMessage(withHeader(answer, "CSeq", one.sequence)) };
    }
    this.#signed = { challenge, count: 0 };
    return { toCamera: this.#ask({ ...one, isSecond: true }) };
  }

  #ask(one: Waiting): Buffer {
    const { request, method, uri } = one;
    this.#count += 1;
    this.#waiting.set(String(this.#count), one);
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > MOST_WAITING && oldest !== undefined) this.#waiting.delete(oldest);
    const asked = withHeader({ ...request, first: `${method} ${uri} RTSP/1.0` }, "CSeq", String(this.#count));
    if (this.#signed === null || this.#credentials === null) return bytesOfMessage(asked);
    this.#signed.count += 1;
    const signature = authorization(this.#signed.challenge, this.#credentials, {
      ...{ method, uri, count: this.#signed.count },
    });
    return bytesOfMessage(withHeader(asked, "Authorization", signature));
  }
}

function refusalBy(status: string): CameraFailure | null {
  if (status === "401" || status === "403")
    return new CameraFailure("refused_sign_in", `the camera refuses the sign-in (${status})`);
  return status === "404" ? new CameraFailure("not_found", `the camera has no such stream (${status})`) : null;
}

function challengeOf({ headers }: RtspMessage): Challenge | null {
  const offered = headers.filter(([name]) => name.toLowerCase() === "www-authenticate").map(([, value]) => value);
  return challengeIn(offered.join(", "));
}

/** Cameras may ask too, whether somebody is there; what they order is not done. */
function replyTo(request: RtspMessage): Buffer {
  const [method = "", , protocol = ""] = request.first.split(" ");
  if (!protocol.startsWith("RTSP/")) throw new CameraFailure("not_video", "the camera speaks no RTSP");
  if (method === "REDIRECT") throw sentElsewhere();
  const first = method === "OPTIONS" ? "RTSP/1.0 200 OK" : "RTSP/1.0 501 Not Implemented";
  return bytesOfMessage(withHeader({ first, headers: [], body: Buffer.alloc(0) }, "CSeq", headerOf(request, "cseq")));
}
