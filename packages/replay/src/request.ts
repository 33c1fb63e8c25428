/** One asked command, and the key its captured answer has: the command, with `~argument` when it was given one. */
export type Asked = { command: string; key: string };

/**
 * The commands of a request in any of the three spellings: `{"command":"summary+stats","parameter":"…"}`,
 * `{"cmd":"get.miner.status","param":"summary"}`, or text mode `ascset|0,led,1-1`. Empty where there is none.
 */
export function commandsOf(request: string): Asked[] {
  const text = request.replace(/\0.*$/s, "").trim();
  if (!text.startsWith("{")) return text === "" ? [] : fromText(text);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return [];
  }
  if (typeof parsed !== "object" || parsed === null) return [];
  const members = new Map(Object.entries(parsed));
  const command = members.get("command") ?? members.get("cmd");
  if (typeof command !== "string" || command === "") return [];
  if (members.get("new_api") === true) return [{ command, key: `${command}~new_api` }];
  const argument = members.get("parameter") ?? members.get("param");
  if (argument !== undefined && argument !== null) return [{ command, key: `${command}~${String(argument)}` }];
  return split(command);
}

function fromText(text: string): Asked[] {
  const bar = text.indexOf("|");
  if (bar < 0) return split(text);
  const command = text.slice(0, bar);
  return [{ command, key: `${command}~${text.slice(bar + 1)}` }];
}

const split = (joined: string): Asked[] =>
  joined
    .split("+")
    .filter((command) => command !== "")
    .map((command) => ({ command, key: command }));
