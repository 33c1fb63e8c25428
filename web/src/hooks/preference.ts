/** What a person chose on this device: theme, language, collapsed rail, columns. A browser that forbids storage forgets. */
export function readPreference<T extends string>(name: string, isValid: (value: string) => value is T, fallback: T): T {
  try {
    const value = localStorage.getItem(`banksman.${name}`);
    return value !== null && isValid(value) ? value : fallback;
  } catch {
    return fallback;
  }
}

/** Whether something was chosen on this device at all. */
export function hasPreference(name: string): boolean {
  try {
    return localStorage.getItem(`banksman.${name}`) !== null;
  } catch {
    return false;
  }
}

/** Keeps a choice; silently does nothing where storage is forbidden. */
export function writePreference(name: string, value: string): void {
  try {
    localStorage.setItem(`banksman.${name}`, value);
  } catch {
    // Private windows may refuse; the choice then lives until the page closes.
  }
}
