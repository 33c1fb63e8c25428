import { createHash } from "node:crypto";
import { isIP } from "node:net";
import { codeOf, messageOf } from "@banksman/kit";
import { z } from "zod";
import { defineChannel } from "../channel.ts";
import { NotifyErrors } from "../errors.ts";

const SERVICE = "the mail server";
const Failure = z.object({ responseCode: z.number().optional() });

/** Mail over SMTP, with TLS from the start or by STARTTLS. Messages of one key are one thread. */
export const smtp = defineChannel({
  type: "smtp",
  title: "Mail",
  settings: z.strictObject({
    host: z.string().min(1),
    port: z.int().min(1).max(65_535).default(587),
    /** `tls` from the start (465), `starttls` (587), or `none` for a server on this machine. */
    security: z.enum(["tls", "starttls", "none"]).default("starttls"),
    username: z.string().optional(),
    password: z.string().optional(),
    from: z.string().min(3),
    to: z.array(z.string().min(3)).min(1, "at least one address"),
  }),
  max_length: 1_000_000,
  per_minute: 30,
  // Base64 makes a third more of it, and many mail servers refuse what is above 10 MB.
  max_file_bytes: 7_000_000,
  open: ({ host, port, security, username, password, from, to }, { timeoutMs, egress }) => {
    const connect = async () => {
      // Loaded with the first mail: most servers send none.
      const { createTransport } = await import("nodemailer");
      return createTransport({
        host: await egress.addressOf(host),
        port,
        // The certificate is the name's, whichever address was checked and taken.
        ...(isIP(host) === 0 ? { tls: { servername: host } } : {}),
        secure: security === "tls",
        requireTLS: security === "starttls",
        ignoreTLS: security === "none",
        connectionTimeout: timeoutMs,
        greetingTimeout: timeoutMs,
        socketTimeout: timeoutMs,
        ...(username === undefined ? {} : { auth: { user: username, pass: password ?? "" } }),
      });
    };
    return {
      send: async ({ title, text, level, link, key, files = [] }) => {
        const thread = key === undefined ? {} : { references: threadId(key, from), inReplyTo: threadId(key, from) };
        try {
          const transport = await connect();
          const { messageId } = await transport.sendMail({
            from,
            to,
            subject: title.replaceAll(/[\r\n]+/g, " "),
            text: [text, link].filter(Boolean).join("\n\n"),
            priority: level === "urgent" ? "high" : "normal",
            headers: { "Auto-Submitted": "auto-generated", "X-Banksman-Level": level },
            attachments: files.map(({ name, type, bytes }) => ({ filename: name, contentType: type, content: bytes })),
            ...thread,
          });
          return { message_id: messageId };
        } catch (error) {
          const code = Failure.safeParse(error).data?.responseCode ?? 0;
          // 5xx is the server's last word, anything else may pass.
          if (code >= 500 || codeOf(error) === "EGRESS_REFUSED")
            throw NotifyErrors.REFUSED(SERVICE, messageOf(error), { cause: error });
          throw NotifyErrors.UNREACHABLE(SERVICE, messageOf(error), { cause: error });
        }
      },
    };
  },
});

const threadId = (key: string, from: string): string =>
  `<${createHash("sha256").update(key).digest("hex").slice(0, 32)}@${/@([\w.-]+)/.exec(from)?.[1] ?? "banksman"}>`;
