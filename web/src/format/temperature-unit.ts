export type TemperatureUnit = "celsius" | "fahrenheit";

/** As set for the whole installation; known before the first page is drawn. */
let unit: TemperatureUnit = "celsius";

export function setTemperatureUnit(next: TemperatureUnit): void {
  unit = next;
}

/** `°C` or `°F`: figure, axis and head of a column change together. */
export const temperatureSign = (): string => (unit === "fahrenheit" ? "°F" : "°C");

/** Degrees of the wire, which are Celsius, as degrees of the screen. */
export const shownTemperature = <T extends number | null | undefined>(celsius: T): T | number =>
  typeof celsius === "number" && unit === "fahrenheit" ? (celsius * 9) / 5 + 32 : celsius;
