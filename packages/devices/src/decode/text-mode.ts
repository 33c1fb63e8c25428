/**
 * The cgminer API's text mode: `STATUS=S,When=1,Code=11,Msg=Summary|SUMMARY,Elapsed=5,MHS av=1.0|`. Some firmwares
 * answer in it whatever was asked. It is turned into the shape of the JSON mode, all values staying text.
 */

/** Text-mode names of a section's first word, and the list of the JSON mode that it belongs to. */
const LISTS: Record<string, string> = { POOL: "POOLS", ASC: "DEVS", PGA: "DEVS", GPU: "DEVS", DEV: "DEVS" };

/** The list a command answers with, for sections that a firmware sends without a name. */
const LIST_OF_COMMAND: Record<string, string> = {
  pools: "POOLS",
  devs: "DEVS",
  edevs: "DEVS",
  estats: "STATS",
  litestats: "STATS",
};

type Section = Record<string, string>;
export type TextReply = Record<string, Section[]>;

const FIRST_WORD = /^\s*(?:STATUS=[A-Z]\b|CMD=|[A-Z]{3,12}(?:,|=\d|\|))/;

/** Says whether text is likely of this mode. */
export const isTextMode = (text: string): boolean => FIRST_WORD.test(text) && text.includes("=");

/** The replies by command; a reply to one command is filed under `asked`. */
export function parseTextMode(text: string, asked: string): Map<string, TextReply> {
  const replies = new Map<string, TextReply>();
  let command = asked;
  for (const part of splitOutsideBrackets(text, "|")) {
    const section = part.trim();
    if (section === "") continue;
    if (section.startsWith("CMD=")) {
      command = section.slice(4);
      continue;
    }
    const { name, fields } = parseSection(section, command);
    const reply: TextReply = replies.get(command) ?? {};
    replies.set(command, reply);
    const list = reply[name];
    if (list) list.push(fields);
    else reply[name] = [fields];
  }
  return replies;
}

function parseSection(section: string, command: string): { name: string; fields: Section } {
  const parts = splitOutsideBrackets(section, ",");
  const fields: Section = {};
  let last: string | undefined;
  let name = "";
  for (const [i, part] of parts.entries()) {
    const equals = part.indexOf("=");
    if (i === 0) name = (equals < 0 ? part : part.slice(0, equals)).trim();
    if (equals < 0) {
      // A comma that belonged to the value: put it back.
      if (last !== undefined) fields[last] = `${fields[last]},${part}`;
      continue;
    }
    last = part.slice(0, equals).trim();
    fields[last] = part.slice(equals + 1);
  }
  return { name: listName(name, command), fields };
}

function listName(firstWord: string, command: string): string {
  if (/^[A-Z]+$/.test(firstWord)) return LISTS[firstWord] ?? firstWord;
  return LIST_OF_COMMAND[command] ?? command.toUpperCase();
}

/**
 * Splits where the separator stands outside of square brackets: `MM ID0=… SYSTEMSTATU[Work: In Work, Hash Board: 3]`.
 * Text whose brackets don't match is split everywhere, since a stray one would swallow the rest.
 */
function splitOutsideBrackets(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === "[") depth++;
    else if (char === "]") depth = Math.max(0, depth - 1);
    else if (char === separator && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  if (depth > 0) return text.split(separator);
  parts.push(text.slice(start));
  return parts;
}
