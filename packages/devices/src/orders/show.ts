import type { Credentials } from "@banksman/kit/http-auth";
import type { Family } from "../family.ts";
import type { Message } from "./command.ts";
import type { Ports } from "./doors.ts";

/** One message as `--dry-run` shows it: where it would go, and its bytes. */
export type ShownMessage = { to: string; bytes: string };

/**
 * The bytes of a message. What only exists once the device has been asked (a nonce, a token, a session) stands in
 * angle brackets, and an encrypted message is shown as it is before; secrets are blotted out.
 */
export function showMessage(
  message: Message,
  host: string,
  ports: Ports,
  family: Family,
  credentials: Credentials | undefined,
): ShownMessage {
  const [to, bytes] = shown(message, host, ports, family, credentials !== undefined);
  return { to, bytes: blot(bytes, credentials) };
}

function shown(
  message: Message,
  host: string,
  ports: Ports,
  family: Family,
  signs: boolean,
): readonly [to: string, bytes: string] {
  switch (message.door) {
    case "cgminer":
      return [`${host}:${ports.api}`, message.text];
    case "session": {
      const parameter = ["<session>", message.argument].filter((part) => part !== "").join(",");
      return [`${host}:${ports.api}`, JSON.stringify({ command: message.command, parameter })];
    }
    case "whatsminer": {
      const plain = JSON.stringify({ cmd: message.command, ...message.params, token: "<token>" });
      return [`${host}:${ports.api}, encrypted as {"enc":1,"data":"<AES>"}`, plain];
    }
    case "v3": {
      const signed = { ts: "<seconds>", token: "<token>", account: "<account>" };
      const param = message.param === undefined ? {} : { param: message.param };
      const how = message.sealed ? ", its parameter encrypted" : "";
      return [
        `${host}:${ports.v3}, behind its length in 4 bytes${how}`,
        JSON.stringify({ cmd: message.command, ...param, ...signed }),
      ];
    }
    case "web": {
      const { method, path, headers = {}, body } = message.request;
      const login = signs
        ? { [family.web?.login ? "<session>" : "Authorization"]: family.web?.login ? "<session>" : "<digest>" }
        : {};
      const length = { "Content-Length": String(Buffer.byteLength(body ?? "")) };
      const lines = Object.entries({ Accept: "*/*", ...headers, ...login, ...length, Host: `${host}:${ports.web}` });
      const head = lines.map(([name, value]) => `${name}: ${value}`).join("\r\n");
      return [`${host}:${ports.web}`, `${method} ${path} HTTP/1.1\r\n${head}\r\n\r\n${body ?? ""}`];
    }
  }
}

/** Takes the password out of text that is shown or kept; one so short that it would blot out half of it is no secret. */
export function blot(text: string, credentials: Credentials | undefined): string {
  const secret = credentials?.password ?? "";
  if (secret.length < 3) return text;
  return text.replaceAll(JSON.stringify(secret), '"<password>"').replaceAll(`,${secret},`, ",<password>,");
}
