import { createHash, createHmac } from "node:crypto";
import type { HttpCall } from "@banksman/replay";
import { isSame, member, objectOf, type SimService, textOf } from "./service.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
const TO = ["+8613800138000"];

const TWILIO = { account_sid: "ACsimulated", auth_token: "simulated-token", from: "+15005550006" };

/** Twilio's Messages resource: basic authentication, a form, 201 with a sid. */
export const twilio: SimService = {
  id: "twilio",
  channel: (url) => ({ type: "twilio", api_base: url, ...TWILIO, to: TO }),
  answer: ({ path, headers, body }, state) => {
    const proof = `Basic ${Buffer.from(`${TWILIO.account_sid}:${TWILIO.auth_token}`).toString("base64")}`;
    if (!isSame(proof, String(headers.authorization ?? "")))
      return { status: 401, body: { code: 20_003, message: "Authenticate", status: 401 } };
    if (path !== `/2010-04-01/Accounts/${TWILIO.account_sid}/Messages.json`)
      return { status: 404, body: { code: 20_404, message: "not found", status: 404 } };
    const form = new URLSearchParams(body);
    const [to, text] = [form.get("To") ?? "", form.get("Body") ?? ""];
    if (!/^\+\d{8,15}$/.test(to))
      return { status: 400, body: { code: 21_211, message: "Invalid 'To' Phone Number", status: 400 } };
    if (text === "" || text.length > 1_600)
      return { status: 400, body: { code: 21_617, message: "body", status: 400 } };
    const sent = state.take(to, text, 60);
    if ("waitS" in sent) return { status: 429, body: { code: 20_429, message: "Too Many Requests", status: 429 } };
    return { status: 201, body: { sid: `SM${sent.id}`, status: "queued" } };
  },
};

const ALIYUN = {
  access_key_id: "simulated-id",
  access_key_secret: "simulated-secret",
  sign_name: "班克斯曼",
  template_code: "SMS_1",
};
const encode = (text: string) =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** Signature of Aliyun's ACS3-HMAC-SHA256 for a call as it arrived (help.aliyun.com, V3 request signing). */
function aliyunProof({ method, query, headers, body }: HttpCall): string {
  const names = /SignedHeaders=([^,]*)/.exec(String(headers.authorization ?? ""))?.[1] ?? "";
  const canonicalHeaders = names.split(";").map((name) => `${name}:${String(headers[name] ?? "").trim()}\n`);
  const canonicalQuery = [...query].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const parts = canonicalQuery.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
  const request = [method, "/", parts, canonicalHeaders.join(""), names, sha256(body)].join("\n");
  const text = `ACS3-HMAC-SHA256\n${sha256(request)}`;
  return hmac(ALIYUN.access_key_secret, text).toString("hex");
}

/** Aliyun's SMS, SendSms of 2017-05-25: signed, by template, JSON with a Code. */
export const aliyunSms: SimService = {
  id: "aliyun-sms",
  channel: (url) => ({ type: "aliyun-sms", api_base: url, ...ALIYUN, to: TO }),
  answer: (call, state) => {
    const { query, headers } = call;
    const given = /Signature=([0-9a-f]+)/.exec(String(headers.authorization ?? ""))?.[1] ?? "";
    const refuse = (Code: string, Message: string, status = 200) => ({
      status,
      body: { Code, Message, RequestId: "sim" },
    });
    if (!isSame(aliyunProof(call), given))
      return refuse("SignatureDoesNotMatch", "Specified signature is not matched with our calculation.", 400);
    if (headers["x-acs-action"] !== "SendSms")
      return refuse("InvalidAction.NotFound", "Specified api is not found.", 404);
    const param = textOf(objectOf(query.get("TemplateParam") ?? "").text);
    if (query.get("TemplateCode") !== ALIYUN.template_code) return refuse("isv.SMS_TEMPLATE_ILLEGAL", "模板不合法");
    if (param === "" || param.length > 35) return refuse("isv.PARAM_LENGTH_LIMIT", "参数超出长度限制");
    const sent = state.take(query.get("PhoneNumbers") ?? "", param, 60);
    if ("waitS" in sent) return refuse("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1");
    return { body: { Code: "OK", Message: "OK", BizId: String(sent.id), RequestId: "sim" } };
  },
};

const TENCENT = {
  secret_id: "simulated-id",
  secret_key: "simulated-key",
  sdk_app_id: "1400000000",
  sign_name: "班克斯曼",
  template_id: "1",
};

/** Signature of Tencent Cloud's TC3-HMAC-SHA256 for a call as it arrived (cloud.tencent.com, signature v3). */
function tencentProof({ headers, body }: HttpCall): string {
  const authorization = String(headers.authorization ?? "");
  const names = /SignedHeaders=([^,]*)/.exec(authorization)?.[1] ?? "";
  const scope = /Credential=[^/]*\/([^,]*)/.exec(authorization)?.[1] ?? "";
  const [date = "", service = ""] = scope.split("/");
  const canonical = names.split(";").map(
    (name) =>
      `${name}:${String(headers[name] ?? "")
        .trim()
        .toLowerCase()}\n`,
  );
  const request = ["POST", "/", "", canonical.join(""), names, sha256(body)].join("\n");
  const text = ["TC3-HMAC-SHA256", String(headers["x-tc-timestamp"] ?? ""), scope, sha256(request)].join("\n");
  const key = hmac(hmac(hmac(`TC3${TENCENT.secret_key}`, date), service), "tc3_request");
  return hmac(key, text).toString("hex");
}

/** Tencent Cloud's SMS, SendSms of 2021-01-11: signed, by template, an envelope `Response`. */
export const tencentSms: SimService = {
  id: "tencent-sms",
  channel: (url) => ({ type: "tencent-sms", api_base: url, ...TENCENT, to: TO }),
  answer: (call, state) => {
    const refuse = (Code: string, Message: string) => ({
      body: { Response: { Error: { Code, Message }, RequestId: "sim" } },
    });
    const given = /Signature=([0-9a-f]+)/.exec(String(call.headers.authorization ?? ""))?.[1] ?? "";
    if (!isSame(tencentProof(call), given))
      return refuse("AuthFailure.SignatureFailure", "The provided credentials could not be validated.");
    const message = objectOf(call.body);
    const [param] = Array.isArray(message.TemplateParamSet) ? message.TemplateParamSet : [];
    const text = textOf(param);
    if (message.TemplateId !== TENCENT.template_id)
      return refuse("FailedOperation.TemplateIncorrectOrUnapproved", "template");
    if (text === "" || text.length > 12) return refuse("InvalidParameterValue.TemplateParameterLengthLimit", "length");
    const sent = state.take(String(member(message, "PhoneNumberSet", "0") ?? ""), text, 60);
    const Code = "waitS" in sent ? "LimitExceeded.PhoneNumberThirtySecondLimit" : "Ok";
    return { body: { Response: { SendStatusSet: [{ Code, Message: Code }], RequestId: "sim" } } };
  },
};

/** Any gateway: JSON with a bearer token. */
export const smsHttp: SimService = {
  id: "sms-http",
  channel: (url) => ({ type: "sms-http", url: `${url}/sms`, token: "simulated-token", to: TO }),
  answer: ({ headers, body }, state) => {
    if (headers.authorization !== "Bearer simulated-token") return { status: 401, body: { error: "token" } };
    const text = textOf(objectOf(body).text);
    if (text === "") return { status: 422, body: { error: "text is missing" } };
    const sent = state.take(JSON.stringify(objectOf(body).to), text, 60);
    if ("waitS" in sent)
      return { status: 429, headers: { "retry-after": String(sent.waitS) }, body: { error: "later" } };
    return { status: 202, body: { id: sent.id } };
  },
};
