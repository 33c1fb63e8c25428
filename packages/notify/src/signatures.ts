import { createHash, createHmac, randomUUID } from "node:crypto";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
/** Percent-encoding of RFC 3986: encodeURIComponent leaves five signs that must be encoded. */
const encode = (text: string) =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

type AliyunRequest = {
  access_key_id: string;
  access_key_secret: string;
  host: string;
  action: string;
  version: string;
  query: Record<string, string>;
  /** For known answers; now and random otherwise. */
  at?: Date;
  nonce?: string;
};

/** An Alibaba Cloud request signed by ACS3-HMAC-SHA256, with its parameters in the query and no body. */
export function signAliyun(request: AliyunRequest): { url: string; headers: Record<string, string> } {
  const query = Object.entries(request.query)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join("&");
  const headers: Record<string, string> = {
    host: request.host,
    "x-acs-action": request.action,
    "x-acs-content-sha256": sha256(""),
    "x-acs-date": `${(request.at ?? new Date()).toISOString().slice(0, 19)}Z`,
    "x-acs-signature-nonce": request.nonce ?? randomUUID(),
    "x-acs-version": request.version,
  };
  const names = Object.keys(headers).toSorted();
  const canonical = [
    "POST",
    "/",
    query,
    ...names.map((name) => `${name}:${headers[name]}`),
    "",
    names.join(";"),
    sha256(""),
  ].join("\n");
  const signature = hmac(request.access_key_secret, `ACS3-HMAC-SHA256\n${sha256(canonical)}`).toString("hex");
  const authorization = `ACS3-HMAC-SHA256 Credential=${request.access_key_id},SignedHeaders=${names.join(";")},Signature=${signature}`;
  return { url: `/?${query}`, headers: { ...headers, authorization } };
}

type TencentRequest = {
  secret_id: string;
  secret_key: string;
  host: string;
  service: string;
  action: string;
  version: string;
  region: string;
  body: string;
  at: Date;
};

/** Headers of a Tencent Cloud request signed by TC3-HMAC-SHA256. */
export function signTencent(request: TencentRequest): Record<string, string> {
  const timestamp = String(Math.floor(request.at.getTime() / 1_000));
  const date = request.at.toISOString().slice(0, 10);
  const contentType = "application/json; charset=utf-8";
  const signed = "content-type;host";
  const canonical = [
    "POST",
    "/",
    "",
    `content-type:${contentType}`,
    `host:${request.host}`,
    "",
    signed,
    sha256(request.body),
  ].join("\n");
  const scope = `${date}/${request.service}/tc3_request`;
  const key = hmac(hmac(hmac(`TC3${request.secret_key}`, date), request.service), "tc3_request");
  const signature = hmac(key, ["TC3-HMAC-SHA256", timestamp, scope, sha256(canonical)].join("\n")).toString("hex");
  return {
    authorization: `TC3-HMAC-SHA256 Credential=${request.secret_id}/${scope}, SignedHeaders=${signed}, Signature=${signature}`,
    "content-type": contentType,
    host: request.host,
    "x-tc-action": request.action,
    "x-tc-timestamp": timestamp,
    "x-tc-version": request.version,
    "x-tc-region": request.region,
  };
}
