import assert from "node:assert/strict";
import { test } from "node:test";
import { guardedEgress, openEgress } from "@banksman/kit/egress";
import { type HttpAnswer, type HttpCall, serveHttp } from "@banksman/replay";
import { startMailServer } from "@banksman/testkit";
import type { Message, Receipt } from "./channel.ts";
import { signDingtalk } from "./channels/dingtalk.ts";
import { signFeishu } from "./channels/feishu.ts";
import { signWebhook } from "./channels/webhook.ts";
import { channelOf, channels } from "./channels.ts";
import { waitOf } from "./errors.ts";

const MESSAGE: Message = {
  title: "12 offline <north>",
  text: "rig_01 & rig*02\n@everyone",
  level: "urgent",
  link: "https://b.example/alerts/7",
  key: "site 1",
};
type Settings = Record<string, unknown>;

/** Sends one message over a channel to a service that answers so, and gives the calls it got. */
async function send(
  type: string,
  settings: (url: string) => Settings,
  answer: (call: HttpCall) => HttpAnswer,
  message = MESSAGE,
) {
  await using service = await serveHttp(answer);
  const channel = channelOf(type);
  const sender = channel.open(channel.settings.parse(settings(service.url)), { timeoutMs: 1_000, egress: openEgress });
  const receipt: Receipt = await sender.send(message);
  return { receipt, calls: service.calls, sender, service };
}
const bodyOf = (call: HttpCall | undefined): Record<string, unknown> => JSON.parse(call?.body ?? "null");

test("Telegram: plain text, the chat's id exact, its message id kept; a group that moved is followed", async () => {
  const settings = (url: string) => ({ api_base: url, token: "1:abc", chat_id: "-1001234567890123" });
  const ok = { body: { ok: true, result: { message_id: 7 } } };
  const { receipt, calls } = await send("telegram", settings, () => ok);
  assert.deepEqual(receipt, { chat_id: "-1001234567890123", message_id: 7 });
  assert.equal(calls[0]?.path, "/bot1:abc/sendMessage");
  const { text, parse_mode } = bodyOf(calls[0]);
  assert.deepEqual([text, parse_mode], [[MESSAGE.title, MESSAGE.text, MESSAGE.link].join("\n"), undefined]);
  const own = { ...MESSAGE, title: "Down", text: "Down\r\nrig_01", link: undefined };
  assert.equal(bodyOf((await send("telegram", settings, () => ok, own)).calls[0]).text, own.text, "said once");
  const moved = await send("telegram", settings, (call) =>
    bodyOf(call).chat_id === "-100999"
      ? ok
      : { status: 400, body: { ok: false, description: "upgraded", parameters: { migrate_to_chat_id: -100999 } } },
  );
  assert.equal(moved.receipt.chat_id, "-100999");
});

test("Telegram: deleting what is gone and changing nothing are no errors, being kicked is", async () => {
  await using service = await serveHttp(({ path }) => ({
    status: 400,
    body: {
      ok: false,
      description: path.endsWith("deleteMessage")
        ? "Bad Request: message to delete not found"
        : path.endsWith("editMessageText")
          ? "Bad Request: message is not modified"
          : "Forbidden: bot was kicked",
    },
  }));
  const channel = channelOf("telegram");
  const sender = channel.open(channel.settings.parse({ api_base: service.url, token: "1:a", chat_id: 5 }), {
    timeoutMs: 500,
    egress: openEgress,
  });
  await sender.remove?.({ chat_id: "5", message_id: 1 });
  await sender.edit?.({ chat_id: "5", message_id: 1 }, MESSAGE);
  await assert.rejects(sender.send(MESSAGE), /Telegram refuses: Forbidden: bot was kicked/);
});

test("webhook: the body is signed as standardwebhooks.com says", async () => {
  const { calls } = await send(
    "webhook",
    (url) => ({ url, secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" }),
    () => ({}),
  );
  const [call] = calls;
  const [id, at] = [String(call?.headers["webhook-id"]), String(call?.headers["webhook-timestamp"])];
  assert.equal(
    call?.headers["webhook-signature"],
    `v1,${signWebhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", id, at, call?.body ?? "")}`,
  );
  // The example of the standard's own documents.
  const body = '{"test": 2432232314}';
  assert.equal(
    signWebhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body),
    "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  );
});

test("Slack: only & < > are escaped; anything but ok is a refusal", async () => {
  const { calls } = await send(
    "slack",
    (url) => ({ url }),
    () => ({ body: "ok" }),
  );
  assert.match(
    calls[0]?.body ?? "",
    /\*<https:\/\/b\.example\/alerts\/7\|12 offline &lt;north&gt;>\*\\nrig_01 &amp; rig\*02/,
  );
  await assert.rejects(
    send(
      "slack",
      (url) => ({ url }),
      () => ({ status: 404, body: "no_service" }),
    ),
    /refuses: 404 no_service/,
  );
});

test("Discord: nobody is called, markdown is text; the message can be changed and deleted", async () => {
  await using service = await serveHttp(({ method }) =>
    method === "DELETE" ? { status: 204 } : { body: { id: "99" } },
  );
  const channel = channelOf("discord");
  const sender = channel.open(channel.settings.parse({ url: `${service.url}/api/webhooks/1/t?x=1` }), {
    timeoutMs: 500,
    egress: openEgress,
  });
  const receipt = await sender.send(MESSAGE);
  await sender.edit?.(receipt, MESSAGE);
  await sender.remove?.(receipt);
  assert.deepEqual(
    service.calls.map(({ method, path, query }) => `${method} ${path}${query.size > 0 ? `?${query}` : ""}`),
    ["POST /api/webhooks/1/t?wait=true", "PATCH /api/webhooks/1/t/messages/99", "DELETE /api/webhooks/1/t/messages/99"],
  );
  const { allowed_mentions, embeds } = bodyOf(service.calls[0]);
  assert.deepEqual(allowed_mentions, { parse: [] });
  assert.match(JSON.stringify(embeds), /rig\\\\_01 & rig\\\\\*02/);
});

test("DingTalk: signed over time and secret; an error in a 200 is told, too fast means ten minutes", async () => {
  const settings = (url: string) => ({ api_base: url, access_token: "t", secret: "SECabc" });
  const { calls } = await send("dingtalk", settings, () => ({ body: { errcode: 0, errmsg: "ok" } }));
  const at = Number(calls[0]?.query.get("timestamp"));
  assert.ok(Math.abs(at - Date.now()) < 5_000, "milliseconds");
  assert.equal(calls[0]?.query.get("sign"), signDingtalk("SECabc", at));
  await assert.rejects(
    send("dingtalk", settings, () => ({ body: { errcode: 310_000, errmsg: "sign not match" } })),
    /refuses: sign not match \(310000\)/,
  );
  await assert.rejects(
    send("dingtalk", settings, () => ({ body: { errcode: 130_101, errmsg: "send too fast" } })),
    (error) => waitOf(error) === 600,
  );
});

test("Feishu: time and secret are the key, over nothing; both spellings of its code", async () => {
  const settings = (url: string) => ({ url, secret: "s" });
  const { calls } = await send("feishu", settings, () => ({ body: { StatusCode: 0 } }));
  const { timestamp, sign } = bodyOf(calls[0]);
  assert.ok(Math.abs(Number(timestamp) - Date.now() / 1_000) < 5, "seconds");
  assert.equal(sign, signFeishu("s", Number(timestamp)));
  await assert.rejects(
    send("feishu", settings, () => ({ body: { code: 19_021, msg: "sign match fail" } })),
    /sign match fail \(19021\)/,
  );
  await assert.rejects(
    send("feishu", settings, () => ({ body: { code: 11_232, msg: "frequency limited" } })),
    (error) => waitOf(error) === 20,
  );
});

test("WeCom robot: text within 2,048 bytes, however many signs that is", async () => {
  const long = { ...MESSAGE, text: "矿机掉线\n".repeat(500) };
  const { calls } = await send(
    "wecom-robot",
    (url) => ({ api_base: url, key: "k" }),
    () => ({ body: { errcode: 0 } }),
    long,
  );
  const { text } = bodyOf(calls[0]) as { text: { content: string } };
  assert.ok(Buffer.byteLength(text.content) <= 2_048 && Buffer.byteLength(text.content) > 1_500);
  assert.match(text.content, /… \(\+\d+\)$/);
});

test("WeCom application: the token is fetched once, and anew when it is over", async () => {
  let tokens = 0;
  await using service = await serveHttp(({ path, query }) => {
    if (path.endsWith("gettoken")) return { body: { errcode: 0, access_token: `t${++tokens}`, expires_in: 7_200 } };
    return {
      body: { errcode: query.get("access_token") === "t1" && tokens === 1 && service.calls.length > 3 ? 42_001 : 0 },
    };
  });
  const channel = channelOf("wecom-app");
  const sender = channel.open(
    channel.settings.parse({ api_base: service.url, corp_id: "c", secret: "s", agent_id: 1 }),
    { timeoutMs: 500, egress: openEgress },
  );
  await sender.send(MESSAGE);
  await sender.send(MESSAGE);
  assert.equal(tokens, 1);
  await sender.send(MESSAGE);
  assert.equal(tokens, 2);
});

test("PagerDuty: one key is one incident; resolving names the same key", async () => {
  await using service = await serveHttp(() => ({ status: 202, body: { status: "success" } }));
  const channel = channelOf("pagerduty");
  const sender = channel.open(channel.settings.parse({ api_base: service.url, routing_key: "r" }), {
    timeoutMs: 500,
    egress: openEgress,
  });
  await sender.remove?.(await sender.send(MESSAGE));
  assert.deepEqual(
    service.calls.map((call) => [bodyOf(call).event_action, bodyOf(call).dedup_key]),
    [
      ["trigger", "site 1"],
      ["resolve", "site 1"],
    ],
  );
  assert.equal((bodyOf(service.calls[0]).payload as Settings).severity, "critical");
});

test("Twilio and a plain gateway: one request a number, one request for all", async () => {
  const twilio = await send(
    "twilio",
    (url) => ({
      api_base: url,
      account_sid: "AC1",
      auth_token: "t",
      from: "+1555000",
      to: ["+8613800138000", "+8613800138001"],
    }),
    () => ({ status: 201, body: {} }),
  );
  assert.deepEqual(
    twilio.calls.map(({ body }) => new URLSearchParams(body).get("To")),
    ["+8613800138000", "+8613800138001"],
  );
  assert.equal(twilio.calls[0]?.headers.authorization, `Basic ${Buffer.from("AC1:t").toString("base64")}`);
  const plain = await send(
    "sms-http",
    (url) => ({ url, token: "t", to: ["+8613800138000"] }),
    () => ({}),
  );
  assert.deepEqual(bodyOf(plain.calls[0]).to, ["+8613800138000"]);
});

test("Aliyun's and Tencent's SMS: their own refusals are told, whatever the status", async () => {
  const aliyun = (url: string) => ({
    api_base: url,
    access_key_id: "i",
    access_key_secret: "s",
    sign_name: "矿场",
    template_code: "SMS_1",
    to: ["13800138000"],
  });
  const sent = await send("aliyun-sms", aliyun, () => ({ body: { Code: "OK", BizId: "9" } }));
  assert.equal(sent.calls[0]?.query.get("TemplateParam"), JSON.stringify({ text: "12 offline <north>" }));
  assert.match(
    String(sent.calls[0]?.headers.authorization),
    /^ACS3-HMAC-SHA256 Credential=i,SignedHeaders=host;x-acs-action;/,
  );
  await assert.rejects(
    send("aliyun-sms", aliyun, () => ({ status: 400, body: { Code: "isv.BUSINESS_LIMIT_CONTROL", Message: "limit" } })),
    /limit \(isv\.BUSINESS/,
  );
  const tencent = (url: string) => ({
    api_base: url,
    secret_id: "i",
    secret_key: "s",
    sdk_app_id: "1",
    sign_name: "矿场",
    template_id: "2",
    to: ["+8613800138000"],
  });
  await assert.rejects(
    send("tencent-sms", tencent, () => ({
      body: { Response: { SendStatusSet: [{ Code: "LimitExceeded.PhoneNumberDailyLimit", Message: "day" }] } },
    })),
    /day \(LimitExceeded/,
  );
});

test("mail goes through a real server: subject on one line, the thread's id, and a refusal is told as one", async () => {
  await using server = await startMailServer();
  const { port, mails } = server;
  const channel = channelOf("smtp");
  const open = (to: string) =>
    channel.open(
      channel.settings.parse({ host: "127.0.0.1", port, security: "none", from: "b@mine.example", to: [to] }),
      { timeoutMs: 2_000, egress: openEgress },
    );
  await open("ops@mine.example").send({ ...MESSAGE, title: "a\r\nBcc: evil@x.example" });
  assert.match(mails[0] ?? "", /^Subject: a Bcc: evil@x\.example\r?$/m);
  assert.doesNotMatch(mails[0] ?? "", /^Bcc:/m);
  assert.match(mails[0] ?? "", /^References: <[0-9a-f]{32}@mine\.example>\r?$/m);
  const files = [{ name: "report.csv", type: "text/csv", bytes: Buffer.from("a,b\n1,2\n") }];
  await open("boss@mine.example").send({ ...MESSAGE, files });
  assert.match(mails[1] ?? "", /^Content-Disposition: attachment; filename=report\.csv\r?$/m);
  assert.match(mails[1] ?? "", /YSxiCjEsMgo=/);
  await assert.rejects(open("nobody@mine.example").send(MESSAGE), /the mail server refuses/);
});

for (const [name, answer, told] of [
  ["hangs", { fault: "hang" }, /did not answer within 1000 ms/],
  ["is broken", { status: 502, body: "bad gateway" }, /failed: 502 bad gateway/],
  ["answers a web page", { body: "<html>" }, /no answer of|not an answer|refuses/],
] as [string, HttpAnswer, RegExp][]) {
  test(`a service that ${name} is told as that`, async () => {
    const settings: Record<string, (url: string) => Settings> = {
      telegram: (url) => ({ api_base: url, token: "1:secret", chat_id: 5 }),
      dingtalk: (url) => ({ api_base: url, access_token: "secret" }),
      feishu: (url) => ({ url: `${url}/secret` }),
      "wecom-robot": (url) => ({ api_base: url, key: "secret" }),
      slack: (url) => ({ url: `${url}/secret` }),
    };
    for (const [type, of] of Object.entries(settings))
      await assert.rejects(
        send(type, of, () => answer),
        (error: Error) => told.test(error.message) && !error.message.includes("secret"),
        type,
      );
  });
}

test("429 tells how long to wait, from the header or the body", async () => {
  for (const answer of [
    { headers: { "retry-after": "7" }, body: {} },
    { body: { retry_after: 7 } },
    { body: { parameters: { retry_after: 7 } } },
  ])
    await assert.rejects(
      send(
        "webhook",
        (url) => ({ url }),
        () => ({ status: 429, ...answer }),
      ),
      (error) => waitOf(error) === 7,
    );
});

test("every channel says what it takes, and its type once", () => {
  const types = channels.map(({ type }) => type);
  assert.equal(new Set(types).size, types.length);
  for (const { type, max_length, per_minute, settings } of channels) {
    assert.ok(max_length > 0 && per_minute > 0, type);
    assert.equal(settings.safeParse({}).success, false, `${type} needs something`);
  }
});

test("a service in an inner network is not asked unless the configuration lists it, and the refusal says so", async () => {
  await using service = await serveHttp(() => ({}));
  const channel = channelOf("webhook");
  const settings = channel.settings.parse({ url: service.url });
  const refused = channel.open(settings, { timeoutMs: 1_000, egress: guardedEgress([]) }).send(MESSAGE);
  await assert.rejects(refused, { code: "NOTIFY_REFUSED", retry: false, message: /egress\.allow/ });
  assert.equal(service.calls.length, 0);
  await channel.open(settings, { timeoutMs: 1_000, egress: guardedEgress(["127.0.0.0/8"]) }).send(MESSAGE);
  assert.equal(service.calls.length, 1);

  const mail = channelOf("smtp");
  const account = mail.settings.parse({ host: "localhost", from: "a@b.example", to: ["c@d.example"] });
  const inner = mail.open(account, { timeoutMs: 1_000, egress: guardedEgress([]) }).send(MESSAGE);
  await assert.rejects(inner, { code: "NOTIFY_REFUSED", message: /egress\.allow/ });
});

test("an address of another scheme than http and https is refused when it is typed", () => {
  for (const address of ["file:///etc/passwd", "ftp://example.com/x", "nonsense"])
    assert.equal(channelOf("webhook").settings.safeParse({ url: address }).success, false, address);
});
