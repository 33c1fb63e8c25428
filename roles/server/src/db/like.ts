/** A pattern of LIKE that finds `text` anywhere, whatever signs it holds. */
export const containing = (text: string): string => `%${literal(text)}%`;

/** A pattern of LIKE that finds what begins with `text`. */
export const beginningWith = (text: string): string => `${literal(text)}%`;

const literal = (text: string) => text.replace(/[\\%_]/g, "\\$&");
